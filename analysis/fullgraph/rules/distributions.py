"""Under which name a library is installed, where it is not the name that it is imported by."""

from __future__ import annotations

from collections.abc import Mapping

_DISTRIBUTIONS: Mapping[str, str] = {
    "absl": "absl-py",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cairosvg": "CairoSVG",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dotenv": "python-dotenv",
    "faiss": "faiss-cpu",
    "git": "GitPython",
    "github": "PyGithub",
    "google": "protobuf",
    "hydra": "hydra-core",
    "igraph": "python-igraph",
    "mpl_toolkits": "matplotlib",
    "OpenGL": "PyOpenGL",
    "osgeo": "gdal",
    "PIL": "pillow",
    "pkg_resources": "setuptools",
    "ruamel": "ruamel.yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "usb": "pyusb",
    "whisper": "openai-whisper",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}


def distribution_of(module: str) -> str:
    """What to give to `pip install` for a module: names with `_` are most often installed with `-`."""
    return _DISTRIBUTIONS.get(module, module.replace("_", "-"))
