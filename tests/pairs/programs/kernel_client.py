"""jupyter-kernel-client: starts a kernel and runs two cells in it."""

import os

from jupyter_kernel_client import JupyterKernelClient

with JupyterKernelClient(server_url=os.environ["WIRETAPE_URL"], token=os.environ["JUPYTER_TOKEN"]) as kernel:
    for cell in ("tree = 'larch'; print(tree)", "tree * 2"):
        reply = kernel.execute(cell)
        for output in reply["outputs"]:
            print(output.get("text") or output["data"]["text/plain"])
