//! TLS
use crate::certificates::{Certificates, SetupError};
use std::sync::Arc;
/// creds
#[derive(Debug)]
pub struct ServerCredentials {}
impl ServerCredentials {
    pub(crate) fn new(_: &Arc<Certificates>) -> Result<Self, SetupError> {
        Ok(Self {})
    }
}
