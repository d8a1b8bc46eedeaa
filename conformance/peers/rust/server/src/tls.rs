//! The certificate of the server: the configured one, or a self-signed one that it makes on first
//! start and keeps as DER (transport.self-signed, transport.certificate-files).

use std::{error::Error, fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};

use quinn::crypto::rustls::QuicServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};

use crate::config::Config;

const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Answers the TLS part of the endpoint: TLS 1.3, our ALPN tokens, no client certificates, no 0-RTT.
pub fn server_config(config: &Config) -> Result<QuicServerConfig, Box<dyn Error>> {
    let (chain, key) = match (&config.cert_pem, &config.key_pem) {
        (Some(chain), Some(key)) => (
            CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<Result<_, _>>()?,
            PrivateKeyDer::from_pem_slice(key.as_bytes())?,
        ),
        _ => own_identity(&config.data_dir)?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    tls.alpn_protocols = config.alpn.iter().map(|token| token.clone().into_bytes()).collect();
    Ok(QuicServerConfig::try_from(tls)?)
}

fn own_identity(folder: &Path) -> Result<Identity, Box<dyn Error>> {
    let (cert_file, key_file) = (folder.join("server-cert.der"), folder.join("server-key.der"));
    if !cert_file.exists() || !key_file.exists() {
        let made = rcgen::generate_simple_self_signed(NAMES.map(String::from))?;
        write_secret(&key_file, &made.signing_key.serialize_der())?;
        fs::write(&cert_file, made.cert.der())?;
    }
    let key = PrivatePkcs8KeyDer::from(fs::read(key_file)?);
    Ok((vec![fs::read(cert_file)?.into()], key.into()))
}

fn write_secret(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(file)?.write_all(bytes)
}
