"""What the commands say where there is no model at all."""

NO_MODEL = """\
No models found. Declare a model and its example inputs in one of three ways:
  a comment above the class    # fullgraph: args=(torch.randn(2, 64),), dynamic_shapes={"x": {0: Dim("batch")}}
  names in the module          model = Gate(); example_args = (torch.randn(2, 64),)
  a table in pyproject.toml    [[tool.fullgraph.targets]] with module, model, args"""
