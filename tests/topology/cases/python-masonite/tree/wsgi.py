from Kernel import Kernel as OrchardKernel
from masonite.foundation import Application, Kernel

application = Application("orchard")
application.register_providers(Kernel, OrchardKernel)
