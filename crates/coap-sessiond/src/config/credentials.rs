//! Who proves what with which credentials.
use super::{Credentials, Listen, Scheme, Server, ServerPsk, Uri, note::Notes, secrets::Place, table::Table};
use coap_secure::{
    MAX_IDENTITY, Secret, Settings,
    certificates::{Certificates, Parts, Policy, SetupError, Source, WallClock},
};
use std::{ops::Range, sync::Arc, time::SystemTime};

/// What stands in a `[[peer]]` about credentials.
pub(super) fn of_peer(
    table: &mut Table<'_>,
    uri: Option<&Uri>,
    place: &Place,
    notes: &mut Notes<'_>,
) -> Option<Credentials> {
    let psk = table.table("psk", "psk", notes);
    let certificates = table.table("certificates", "certificates", notes);
    match (psk, certificates) {
        (None, None) if uri.is_some_and(|uri| uri.scheme.is_secure()) => {
            notes
                .error(&table.at(), "`psk` or `certificates` is missing: this peer's scheme is a secure one");
            None
        }
        (None, None) => {
            if let Some(uri) = uri.filter(|uri| !is_loopback(&uri.host)) {
                let text = format_args!("nobody is authenticated and nothing encrypted on the way to {uri}");
                notes.warn(&table.at(), text);
            }
            Some(Credentials::None)
        }
        (Some(_), Some(_)) => {
            notes.error(&table.at(), "only one of `psk` and `certificates` can be set");
            None
        }
        (Some(psk), None) => {
            match uri.map(|uri| uri.scheme) {
                Some(Scheme::CoapsTcp) => {
                    notes.error(&psk.at(), "TLS has no pre-shared keys here: `certificates`")
                }
                Some(scheme) if !scheme.is_secure() => useless(&psk, scheme, notes),
                _ => {}
            }
            self::psk(psk, |_, _| (), place, notes)
                .map(|(identity, key, ())| Credentials::Psk { identity, key })
        }
        (None, Some(mut table)) => {
            let name = table.get("name").and_then(|name| name.text("a name", notes).map(str::to_owned));
            if let Some(uri) = uri.filter(|uri| !uri.scheme.is_secure()) {
                useless(&table, uri.scheme, notes);
            }
            let at = table.at();
            let parts = parts(table, place, notes)?;
            let schemes: Vec<_> = uri.iter().map(|uri| uri.scheme).collect();
            try_out(&parts, &schemes, false, &at, notes);
            let name = name.or_else(|| uri.map(|uri| uri.host.clone()))?;
            Some(Credentials::Certificates { parts, name })
        }
    }
}

fn useless(table: &Table<'_>, scheme: Scheme, notes: &mut Notes<'_>) {
    notes.error(&table.at(), format_args!("{scheme}:// is not protected: no credentials are used there"));
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

/// A pre-shared key, and what `more` finds in its table.
fn psk<T>(
    mut table: Table<'_>,
    more: impl FnOnce(&mut Table<'_>, &mut Notes<'_>) -> T,
    place: &Place,
    notes: &mut Notes<'_>,
) -> Option<(Vec<u8>, Secret, T)> {
    let what = "what the node that connects says to be";
    let identity = table.need("identity", what, notes).and_then(|value| {
        let text = value.text("a string", notes)?;
        if !(1..=MAX_IDENTITY).contains(&text.len()) {
            notes.error(&value.at, format_args!("`identity` has 1 to {MAX_IDENTITY} bytes"));
        }
        Some(text.as_bytes().to_vec())
    });
    let key = place.key(&mut table, notes);
    let more = more(&mut table, notes);
    table.finish(notes);
    Some((identity?, key?, more))
}

fn parts(mut table: Table<'_>, place: &Place, notes: &mut Notes<'_>) -> Option<Parts> {
    let chain = table.need("cert", "a PEM file with our certificate, and those between it and its CA", notes);
    let chain = chain.and_then(|value| place.path(&value, notes)).map(Source::File);
    let key = table.need("key", "a PEM file with our certificate's private key", notes);
    let key = key.and_then(|value| place.private(&value, notes)).map(Source::File);
    let ca = "a PEM file with the CA that has signed the other nodes' certificates";
    let ca = table.need("ca", ca, notes);
    let ca = ca.and_then(|value| place.path(&value, notes)).map(Source::File);
    table.finish(notes);
    Some(Parts { chain: Some(chain?), key: Some(key?), ca: Some(ca?), roots: Vec::new() })
}

/// Whether the files are there, and good for what they are to do.
fn try_out(parts: &Parts, schemes: &[Scheme], is_server: bool, at: &Range<usize>, notes: &mut Notes<'_>) {
    let made = Certificates::new(parts, Policy::default(), WallClock(SystemTime::now), &Settings::default());
    let made = match made {
        Ok(made) => Arc::new(made),
        Err(error) => return notes.error(at, error),
    };
    let check = |scheme: Scheme| -> Result<(), SetupError> {
        match (scheme, is_server) {
            (Scheme::Coaps, true) => made.check_dtls_server(),
            (Scheme::Coaps, false) => made.check_dtls_client(),
            (Scheme::CoapsTcp, true) => made.tls_server().map(drop),
            _ => Ok(()),
        }
    };
    if let Some(error) = schemes.iter().find_map(|scheme| check(*scheme).err()) {
        notes.error(at, error);
    }
}

/// `[server]`, and whether there is what the listeners need.
pub(super) fn of_server(
    table: Option<Table<'_>>,
    listen: &[(Listen, Range<usize>)],
    place: &Place,
    notes: &mut Notes<'_>,
) -> Server {
    let mut server = Server::default();
    let (mut has_psk, mut has_certificates) = (false, false);
    if let Some(mut table) = table {
        for entry in table.tables("psk", "[[server.psk]]", notes) {
            has_psk = true;
            let at = entry.at();
            let peer = |table: &mut Table<'_>, notes: &mut Notes<'_>| {
                table.get("peer").and_then(|peer| peer.parse("a peer ID", notes))
            };
            let Some((identity, key, peer)) = psk(entry, peer, place, notes) else { continue };
            if server.psk.iter().any(|other| other.identity == identity) {
                notes.error(&at, "another `[[server.psk]]` has the same `identity`");
            }
            server.psk.push(ServerPsk { identity, key, peer });
        }
        if let Some(entry) = table.table("certificates", "[server.certificates]", notes) {
            has_certificates = true;
            let at = entry.at();
            server.certificates = parts(entry, place, notes);
            let schemes: Vec<_> = listen.iter().map(|(listen, _)| listen.scheme).collect();
            if let Some(parts) = &server.certificates {
                try_out(parts, &schemes, true, &at, notes);
            }
        }
        table.finish(notes);
    }
    for (listen, at) in listen {
        match listen.scheme {
            Scheme::Coaps if !has_psk && !has_certificates => {
                notes.error(
                    at,
                    "nobody could connect: `[[server.psk]]` or `[server.certificates]` is missing",
                );
            }
            Scheme::CoapsTcp if !has_certificates => {
                notes.error(at, "nobody could connect: `[server.certificates]` is missing");
            }
            scheme if !scheme.is_secure() && !listen.address.ip().is_loopback() => {
                let text = format_args!("{scheme}:// lets everybody in who reaches {}", listen.address);
                notes.warn(at, text);
            }
            _ => {}
        }
    }
    server
}
