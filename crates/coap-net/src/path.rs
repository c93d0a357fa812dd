//! The files that Unix domain sockets are bound to.
use coap_proto::{Address, UnixPath};
use std::{
    ffi::OsStr,
    fs, io,
    os::unix::{
        ffi::OsStrExt,
        fs::{FileTypeExt, MetadataExt},
        net::{SocketAddr, UnixDatagram},
    },
    path::{Path, PathBuf},
};

/// A file that a socket of ours is bound to. It goes with the socket, unless another one has taken its place.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// Device and inode.
    identity: (u64, u64),
}

impl SocketFile {
    /// Binds a socket to a path. A file that a socket has left behind there, with nobody listening, is removed first.
    pub(crate) fn bind<S>(path: &UnixPath, bind: impl Fn(&Path) -> io::Result<S>) -> io::Result<(S, Self)> {
        if path.is_unnamed() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let path = as_path(path);
        let socket = match bind(path) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_stale(path) => {
                fs::remove_file(path)?;
                bind(path)?
            }
            bound => bound?,
        };
        let identity = identity(&fs::symlink_metadata(path)?);
        Ok((socket, Self { path: path.to_owned(), identity }))
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|found| identity(&found) == self.identity) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The path as the system takes it.
pub(crate) fn as_path(path: &UnixPath) -> &Path {
    Path::new(OsStr::from_bytes(path.as_bytes()))
}

/// The address of a socket; `None` if its path is too long for [`UnixPath`], or it is in Linux's abstract name space.
pub(crate) fn address_of(address: &SocketAddr) -> Option<Address> {
    if address.is_unnamed() {
        return Some(UnixPath::UNNAMED.into());
    }
    UnixPath::new(address.as_pathname()?.as_os_str().as_bytes()).map(Address::Unix)
}

fn identity(file: &fs::Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// Whether a socket's file is there, and no socket. A datagram socket finds that out without a trace: a stream socket's
/// listener is of the wrong type for it.
fn is_stale(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    let answer = || UnixDatagram::unbound().and_then(|probe| probe.connect(path));
    is_socket && answer().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

    /// A path of its own for a test, short enough for a socket.
    fn path(name: &str) -> Result<UnixPath> {
        let path = format!("/tmp/fc{}{name}", std::process::id());
        let _ = fs::remove_file(&path);
        UnixPath::new(path.as_bytes()).ok_or_else(|| "too long".into())
    }

    #[test]
    fn the_file_goes_with_its_socket() -> Result {
        let at = path("go")?;
        let (_socket, file) = SocketFile::bind(&at, |path| UnixListener::bind(path))?;
        assert!(as_path(&at).exists());
        drop(file);
        assert!(!as_path(&at).exists());
        Ok(())
    }

    #[test]
    fn a_file_left_behind_is_replaced_and_one_in_use_is_not() -> Result {
        let at = path("old")?;
        drop(UnixListener::bind(as_path(&at))?);
        assert!(as_path(&at).exists(), "left behind");
        let (_socket, first) = SocketFile::bind(&at, |path| UnixListener::bind(path))?;
        let second = SocketFile::bind(&at, |path| UnixListener::bind(path));
        assert_eq!(second.map(|_| ()).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        let second = SocketFile::bind(&at, |path| UnixDatagram::bind(path));
        assert_eq!(second.map(|_| ()).unwrap_err().kind(), io::ErrorKind::AddrInUse);

        fs::remove_file(as_path(&at))?;
        let (_socket, second) = SocketFile::bind(&at, |path| UnixDatagram::bind(path))?;
        drop(first);
        assert!(as_path(&at).exists(), "another socket's by now");
        drop(second);
        Ok(())
    }

    #[test]
    fn a_file_that_is_no_sockets_stays() -> Result {
        let at = path("file")?;
        fs::write(as_path(&at), "kept")?;
        assert!(SocketFile::bind(&at, |path| UnixListener::bind(path)).is_err());
        assert_eq!(fs::read(as_path(&at))?, b"kept");
        fs::remove_file(as_path(&at))?;
        assert!(SocketFile::bind(&UnixPath::UNNAMED, |path| UnixListener::bind(path)).is_err());
        Ok(())
    }
}
