//! What an association is made with.
use super::{
    error::{broken_down, internal},
    stage::{self, Stage},
};
use crate::{
    certificates::Certificates,
    failure::Failure,
    psk::{PskClient, PskServer},
};
use dimpl::{Dtls, DtlsCertificate};
use std::{sync::Arc, time::Instant};

/// How the two prove themselves.
#[derive(Clone, Debug)]
pub(super) enum Credentials {
    PskClient(Arc<PskClient>),
    PskServer(Arc<PskServer>),
    Client(Arc<Certificates>),
    Server(Arc<Certificates>),
}

impl Credentials {
    /// What dimpl will ask for, as far as it is known from the beginning.
    pub(super) fn stage(&self) -> Stage {
        match self {
            Self::PskClient(psk) => {
                Stage { psk: Some((psk.identity.clone(), psk.key.clone())), ..Stage::default() }
            }
            Self::PskServer(_) => Stage::default(),
            Self::Client(certificates) | Self::Server(certificates) => {
                Stage { key: certificates.own.as_ref().map(|own| own.key.clone()), ..Stage::default() }
            }
        }
    }

    pub(super) fn client(&self, stage: &Stage, now: Instant) -> Result<Dtls, Failure> {
        let mut dtls = match self {
            Self::PskClient(psk) => stage::run(stage, || Dtls::new_12_psk(psk.config.clone(), now)),
            Self::Client(certificates) => {
                let config = certificates.dtls_client().map_err(internal)?;
                let own = own_certificate(certificates);
                stage::run(stage, || Dtls::new_auto(config, own, now))
            }
            Self::PskServer(_) | Self::Server(_) => return Err(internal("not a client's credentials")),
        }
        .map_err(|_| broken_down())?;
        stage::run(stage, || dtls.set_active(true)).map_err(|_| broken_down())?;
        Ok(dtls)
    }

    /// `mtu`: the longest datagram, in bytes. `newest`: DTLS 1.3.
    pub(super) fn server(
        &self,
        stage: &Stage,
        mtu: usize,
        now: Instant,
        newest: bool,
    ) -> Result<Dtls, Failure> {
        match self {
            Self::PskServer(psk) => {
                let config = psk.config(mtu).map_err(internal)?;
                stage::run(stage, || Dtls::new_12_psk(config, now))
            }
            Self::Server(certificates) => {
                let config = certificates.dtls_server(mtu).map_err(internal)?;
                let own = own_certificate(certificates);
                stage::run(stage, || match newest {
                    true => Dtls::new_13(config, own, now),
                    false => Dtls::new_12(config, own, now),
                })
            }
            Self::PskClient(_) | Self::Client(_) => return Err(internal("not a server's credentials")),
        }
        .map_err(|_| broken_down())
    }
}

/// dimpl takes no empty certificate. Without one, a server that asks for it makes our handle of a key refuse
/// to sign; nobody gets to see this one.
fn own_certificate(certificates: &Certificates) -> DtlsCertificate {
    let own = certificates.own.as_ref().and_then(|own| own.cert.first());
    DtlsCertificate { certificate: own.map_or_else(|| vec![0], |der| der.to_vec()), private_key: Vec::new() }
}
