//! What a client trusts (transport.client-pinning): the certificates of one PEM text and no others.

use super::error::{Error, Result};
use quinn::crypto::rustls::QuicClientConfig;
use rustls::RootCertStore;
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::{sync::Arc, time::Duration};

/// Silence after which either side may end a connection; servers wait 300 s by default.
const IDLE_TIMEOUT: Duration = Duration::from_secs(300);

/// Pings that keep a quiet connection alive (events.client-catch-up).
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Configures QUIC with TLS 1.3, `alpn` alone and the anchors in `ca_pem`. A self-signed certificate
/// without the CA flag is its own anchor.
pub fn client_config(ca_pem: &str, alpn: &[u8]) -> Result<quinn::ClientConfig> {
    let mut anchors = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        let certificate = certificate.map_err(|error| Error::local(format!("PEM: {error}")))?;
        anchors.add(certificate).map_err(|error| Error::local(format!("certificate: {error}")))?;
    }
    if anchors.is_empty() {
        return Err(Error::local("no certificate to trust"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|error| Error::local(error.to_string()))?
        .with_root_certificates(anchors)
        .with_no_client_auth();
    tls.alpn_protocols = vec![alpn.to_vec()];
    let tls = QuicClientConfig::try_from(tls).map_err(|error| Error::local(error.to_string()))?;
    let mut config = quinn::ClientConfig::new(Arc::new(tls));
    config.transport_config(Arc::new(transport()?));
    Ok(config)
}

fn transport() -> Result<quinn::TransportConfig> {
    let idle = IDLE_TIMEOUT.try_into().map_err(|_| Error::local("idle timeout"))?;
    let mut transport = quinn::TransportConfig::default();
    transport
        .max_idle_timeout(Some(idle))
        .keep_alive_interval(Some(KEEP_ALIVE))
        .max_concurrent_bidi_streams(0_u32.into())
        .max_concurrent_uni_streams(1_024_u32.into());
    Ok(transport)
}
