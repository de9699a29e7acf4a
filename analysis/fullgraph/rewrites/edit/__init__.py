"""What rewrites share: the user's text asked by place and edited by node."""
