"""Settings of the JupyterLab that `cargo lab` opens; Jupyter reads this file by its name."""

import asyncio
import contextlib

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PatientConnection(ZMQChannelsWebsocketConnection):
    """A page's connection to a kernel that is asked for an answer once at a time.

    Jupyter itself asks a starting kernel every half second, over its shell and its control channel, and hangs up
    at the first answer. evcxr_jupyter 0.22.0 then has dozens of answers left, and ends if it cannot deliver one on
    the control channel (`Server::handle_control`). JupyterLab gets a new kernel, and cells run meanwhile wait forever.
    """

    def nudge(self):
        """As Jupyter's: done when the kernel has answered and the page hears what it publishes."""
        return asyncio.ensure_future(self.asked())

    async def asked(self):
        # A busy kernel would answer after its work, and already publishes.
        if self.state() == "busy":
            return
        ports = list(self.kernel_manager.ports)
        answered, heard = asyncio.Event(), asyncio.Event()
        published = self.channels["iopub"]
        published.on_recv(lambda _: heard.set())
        shell = self.kernel_manager.connect_shell()
        shell.on_recv(lambda _: answered.set())
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.kernel_info_timeout):
                    while not heard.is_set() or self.state() == "starting":
                        answered.clear()
                        self.session.send(shell, "kernel_info_request")
                        while not answered.is_set():
                            # Shut down, restarted elsewhere, or the page has gone.
                            if self.kernel_id not in self.multi_kernel_manager or list(self.kernel_manager.ports) != ports or published.closed():
                                return
                            await asyncio.sleep(0.05)
                        await asyncio.sleep(0.05)
        finally:
            shell.close()
            if not published.closed():
                published.stop_on_recv()

    def state(self):
        return getattr(self.kernel_manager, "execution_state", None)


c = get_config()  # noqa: F821, Jupyter provides it
c.ServerApp.kernel_websocket_connection_class = PatientConnection
# No other kernel on offer, and patience with one that has to build the library before it answers.
c.KernelSpecManager.allowed_kernelspecs = {"rust"}
c.KernelSpecManager.ensure_native_kernel = False
c.MultiKernelManager.default_kernel_name = "rust"
c.MappingKernelManager.kernel_info_timeout = 900
# Nothing from the network.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
