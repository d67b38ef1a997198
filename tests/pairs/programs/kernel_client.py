"""jupyter-kernel-client: starts a kernel and runs two cells in it."""

import os

from jupyter_kernel_client import JupyterKernelClient

how = {"token": os.environ["JUPYTER_TOKEN"], "client_kwargs": {"timeout": 60.0}}
with JupyterKernelClient(server_url=os.environ["WIRETAPE_URL"], **how) as kernel:
    # The client lets the same time-out pass after it has closed its socket as it gives the kernel to start.
    kernel._manager.client.timeout = 1.0
    for cell in ("tree = 'larch'; print(tree)", "tree * 2"):
        reply = kernel.execute(cell)
        for output in reply["outputs"]:
            print(output.get("text") or output["data"]["text/plain"])
