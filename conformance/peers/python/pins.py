"""Trust in exactly the certificates of the CA file, with a CA flag or without (spec/transport.md)."""

from OpenSSL import crypto


class PinStore(crypto.X509Store):
    """PinStore takes each certificate as it is, be it a root or not."""

    def __init__(self):
        super().__init__()
        self.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)


crypto.X509Store = PinStore  # aioquic makes a store for each handshake, and takes no flags
