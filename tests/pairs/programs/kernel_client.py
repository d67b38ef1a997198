"""jupyter-kernel-client: starts a kernel and runs two cells in it."""

import os

from jupyter_kernel_client import JupyterKernelClient

# The time-out is what the client lets pass when it has closed its socket, too.
how = {"token": os.environ["JUPYTER_TOKEN"], "client_kwargs": {"timeout": 3.0}}
with JupyterKernelClient(server_url=os.environ["WIRETAPE_URL"], **how) as kernel:
    for cell in ("tree = 'larch'; print(tree)", "tree * 2"):
        reply = kernel.execute(cell)
        for output in reply["outputs"]:
            print(output.get("text") or output["data"]["text/plain"])
