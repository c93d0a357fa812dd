//! Ciphers of records: encryption with authentication, in place.
use super::failed;
use aes::Aes128;
use ccm::{
    Ccm,
    aead::{AeadInOut, KeyInit},
    consts::{U8, U12},
};
use dimpl::{
    CryptoError,
    CryptoOperation::{CreateCipher, Decrypt, Encrypt},
    crypto::{Aad, Buf, Cipher, Nonce, TmpBuf},
};
use ring::aead::{self, LessSafeKey, UnboundKey};
use std::fmt;

/// An AEAD of ring's with a key.
pub(super) fn ring(algorithm: &'static aead::Algorithm, key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
    let key = UnboundKey::new(algorithm, key).map_err(|_| failed(CreateCipher))?;
    Ok(Box::new(RingCipher(LessSafeKey::new(key))))
}

/// AES-128-CCM with a tag of 8 bytes and a key (RFC 6655).
pub(super) fn ccm_8(key: &[u8]) -> Result<Box<dyn Cipher>, CryptoError> {
    Ok(Box::new(Ccm8::new(key)?))
}

#[derive(Debug)]
struct RingCipher(LessSafeKey);

impl Cipher for RingCipher {
    fn encrypt(&mut self, text: &mut Buf, aad: Aad, nonce: Nonce) -> Result<(), CryptoError> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce.0);
        let tag = self.0.seal_in_place_separate_tag(nonce, aead::Aad::from(&aad[..]), text.as_mut());
        text.extend_from_slice(tag.map_err(|_| failed(Encrypt))?.as_ref());
        Ok(())
    }

    fn decrypt(&mut self, text: &mut TmpBuf<'_>, aad: Aad, nonce: Nonce) -> Result<(), CryptoError> {
        let nonce = aead::Nonce::assume_unique_for_key(nonce.0);
        let opened = self.0.open_in_place(nonce, aead::Aad::from(&aad[..]), text.as_mut());
        let length = opened.map_err(|_| failed(Decrypt))?.len();
        text.truncate(length);
        Ok(())
    }
}

struct Ccm8(Ccm<Aes128, U8, U12>);

/// Bytes of its tag.
const TAG: usize = 8;

impl Ccm8 {
    fn new(key: &[u8]) -> Result<Self, CryptoError> {
        Ccm::new_from_slice(key).map(Self).map_err(|_| failed(CreateCipher))
    }

    fn seal(&self, text: &mut [u8], aad: &[u8], nonce: [u8; 12]) -> Result<[u8; TAG], CryptoError> {
        let tag = self.0.encrypt_inout_detached(&nonce.into(), aad, text.into());
        tag.map(Into::into).map_err(|_| failed(Encrypt))
    }

    /// Returns the length of what was inside.
    fn open(&self, text: &mut [u8], aad: &[u8], nonce: [u8; 12]) -> Result<usize, CryptoError> {
        let (text, tag) = text.split_last_chunk_mut::<TAG>().ok_or(failed(Decrypt))?;
        let length = text.len();
        let opened = self.0.decrypt_inout_detached(&nonce.into(), aad, text.into(), &(*tag).into());
        opened.map(|()| length).map_err(|_| failed(Decrypt))
    }
}

impl Cipher for Ccm8 {
    fn encrypt(&mut self, text: &mut Buf, aad: Aad, nonce: Nonce) -> Result<(), CryptoError> {
        let tag = self.seal(text.as_mut(), &aad, nonce.0)?;
        text.extend_from_slice(&tag);
        Ok(())
    }

    fn decrypt(&mut self, text: &mut TmpBuf<'_>, aad: Aad, nonce: Nonce) -> Result<(), CryptoError> {
        let length = self.open(text.as_mut(), &aad, nonce.0)?;
        text.truncate(length);
        Ok(())
    }
}

impl fmt::Debug for Ccm8 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ccm8").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// NIST SP 800-38C, example 3: a nonce of 12 bytes and a tag of 8, as in TLS.
    #[test]
    fn ccm_gives_the_answer_of_its_standard() {
        let counting = |from: u8, length: u8| (from..from + length).collect::<Vec<u8>>();
        let nonce: [u8; 12] = counting(0x10, 12).try_into().unwrap();
        let (key, aad, plain) = (counting(0x40, 16), counting(0, 20), counting(0x20, 24));
        let sealed = [
            0xe3, 0xb2, 0x01, 0xa9, 0xf5, 0xb7, 0x1a, 0x7a, 0x9b, 0x1c, 0xea, 0xec, 0xcd, 0x97, 0xe7, 0x0b,
            0x61, 0x76, 0xaa, 0xd9, 0xa4, 0x42, 0x8a, 0xa5, 0x48, 0x43, 0x92, 0xfb, 0xc1, 0xb0, 0x99, 0x51,
        ];
        let cipher = Ccm8::new(&key).unwrap();
        let mut text = plain.clone();
        let tag = cipher.seal(&mut text, &aad, nonce).unwrap();
        assert_eq!([&text[..], &tag[..]].concat(), sealed);

        let mut text = sealed;
        assert_eq!(cipher.open(&mut text, &aad, nonce), Ok(24));
        assert_eq!(text[..24], plain);
        for place in [0, 23, 24, 31] {
            let mut text = sealed;
            text[place] ^= 1;
            assert_eq!(cipher.open(&mut text, &aad, nonce), Err(failed(Decrypt)), "{place}");
        }
        assert_eq!(cipher.open(&mut sealed.clone(), &aad[1..], nonce), Err(failed(Decrypt)));
        assert_eq!(cipher.open(&mut [0; 7], &aad, nonce), Err(failed(Decrypt)), "shorter than a tag");
    }

    #[test]
    fn what_was_tampered_with_is_not_opened() {
        let algorithms = [&aead::AES_128_GCM, &aead::AES_256_GCM, &aead::CHACHA20_POLY1305];
        let keys = algorithms.map(|algorithm| ring(algorithm, &vec![7; algorithm.key_len()]).unwrap());
        for mut cipher in keys.into_iter().chain([ccm_8(&[7; 16]).unwrap()]) {
            let (nonce, aad) = (Nonce([9; 12]), Aad([1_u8, 2, 3].into_iter().collect()));
            let mut sealed = Buf::new();
            sealed.extend_from_slice(b"a record");
            cipher.encrypt(&mut sealed, aad.clone(), nonce).unwrap();
            let mut opened = |change: Option<usize>, aad: &Aad, nonce| {
                let mut text = sealed.to_vec();
                if let Some(place) = change {
                    text[place] ^= 1;
                }
                let mut text = TmpBuf::new(&mut text);
                cipher.decrypt(&mut text, aad.clone(), nonce).map(|()| text.as_ref().to_vec())
            };
            let length = sealed.len();
            assert_eq!(opened(None, &aad, nonce).unwrap(), b"a record");
            assert_eq!(opened(Some(0), &aad, nonce), Err(failed(Decrypt)), "another text");
            assert_eq!(opened(Some(length - 1), &aad, nonce), Err(failed(Decrypt)), "another tag");
            assert_eq!(opened(None, &Aad(Default::default()), nonce), Err(failed(Decrypt)), "another header");
            assert_eq!(opened(None, &aad, Nonce([8; 12])), Err(failed(Decrypt)), "another nonce");
        }
    }

    #[test]
    fn keys_of_other_lengths_are_refused() {
        assert_eq!(ccm_8(&[0; 17]).map(drop), Err(failed(CreateCipher)));
        assert_eq!(ring(&aead::AES_128_GCM, &[0; 32]).map(drop), Err(failed(CreateCipher)));
    }
}
