"""What configuration files say of models: which class, with which arguments."""
