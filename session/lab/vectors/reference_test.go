// This file is a second implementation of CP1's bytes, written from the
// specification alone and sharing nothing with the first but Go's standard
// library, Argon2id and the list of words: CBOR, COSE, the labelled hash,
// base45, the spoken code, HPKE with X-Wing, the key schedule and the records.
// It is as plain as it can be, works on fixed keys and random values only, and
// can also encode what CP1 forbids.

package vectors_test

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/asn1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"
)

// must is for steps that cannot fail on fixed values: if one does, the vectors
// cannot be made.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// pair is one entry of a CBOR map.
type pair struct{ key, value any }

// dict is a CBOR map in the order in which it is written.
type dict []pair

// list is a CBOR array.
type list []any

// raw is CBOR that is already encoded, rightly or not.
type raw []byte

// encode writes CBOR (RFC 8949). It sorts nothing: who calls it writes the
// keys in CP1's order.
func encode(v any) []byte {
	switch v := v.(type) {
	case int:
		if v < 0 {
			return head(1, uint64(-1-v))
		}
		return head(0, uint64(v))
	case int64:
		return encode(int(v))
	case bool:
		if v {
			return []byte{0xf5}
		}
		return []byte{0xf4}
	case []byte:
		return append(head(2, uint64(len(v))), v...)
	case Hex:
		return encode([]byte(v))
	case string:
		return append(head(3, uint64(len(v))), v...)
	case list:
		out := head(4, uint64(len(v)))
		for _, element := range v {
			out = append(out, encode(element)...)
		}
		return out
	case dict:
		out := head(5, uint64(len(v)))
		for _, p := range v {
			out = append(append(out, encode(p.key)...), encode(p.value)...)
		}
		return out
	case raw:
		return v
	}
	panic(fmt.Sprintf("no encoding of %T", v))
}

// head is the first bytes of a CBOR item in the shortest form.
func head(major byte, n uint64) []byte {
	switch {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case n < 1<<8:
		return []byte{major<<5 | 24, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{major<<5 | 25}, uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32([]byte{major<<5 | 26}, uint32(n))
	}
	return binary.BigEndian.AppendUint64([]byte{major<<5 | 27}, n)
}

// with returns the map with one entry changed, at its place, or added at its end.
func (d dict) with(key, value any) dict {
	out := append(dict{}, d...)
	for i := range out {
		if out[i].key == key {
			out[i].value = value
			return out
		}
	}
	return append(out, pair{key, value})
}

// without returns the map without one entry.
func (d dict) without(key any) dict {
	var out dict
	for _, p := range d {
		if p.key != key {
			out = append(out, p)
		}
	}
	return out
}

// hash is H of CP1, section 2.
func hash(label string, parts ...[]byte) []byte {
	in := append([]byte{byte(len(label))}, label...)
	for _, p := range parts {
		in = binary.BigEndian.AppendUint32(in, uint32(len(p)))
		in = append(in, p...)
	}
	sum := sha256.Sum256(in)
	return sum[:]
}

// fixed is n bytes that stand for random ones: H("CP1 vectors", name, i) for
// i = 0, 1 ... joined and cut. So whoever doubts a value can make it again.
func fixed(name string, n int) []byte {
	var out []byte
	for i := byte(0); len(out) < n; i++ {
		out = append(out, hash("CP1 vectors", []byte(name), []byte{i})...)
	}
	return out[:n]
}

// signer is a P-256 key made from a fixed scalar.
type signer struct {
	name string
	key  *ecdsa.PrivateKey
}

func newSigner(name string) signer {
	return signer{name, must(ecdsa.ParseRawPrivateKey(elliptic.P256(), fixed(name, 32)))}
}

func (s signer) scalar() []byte { return must(s.key.Bytes()) }

// point is the compressed public key (SEC 1, 2.3.3).
func (s signer) point() []byte {
	full := must(s.key.PublicKey.Bytes())
	return append([]byte{2 + full[64]%2}, full[1:33]...)
}

func (s signer) id() []byte { return hash("CP1 key", s.point())[:8] }

// es256 is a deterministic ECDSA signature (RFC 6979) as r || s.
func (s signer) es256(label string, protected, payload []byte) []byte {
	toSign := sha256.Sum256(encode(list{"Signature1", protected, []byte(label), payload}))
	var rs struct{ R, S *big.Int }
	_ = must(asn1.Unmarshal(must(s.key.Sign(nil, toSign[:], crypto.SHA256)), &rs))
	return append(rs.R.FillBytes(make([]byte, 32)), rs.S.FillBytes(make([]byte, 32))...)
}

// withOtherS is sign with the other s that verifies as well, n - s: whoever sees
// an ECDSA signature can make it.
func (s signer) withOtherS(label string, payload []byte) []byte {
	object := s.sign(label, payload)
	last := object[len(object)-32:]
	other := new(big.Int).Sub(elliptic.P256().Params().N, new(big.Int).SetBytes(last))
	other.FillBytes(last)
	return object
}

// protectedES256 is the protected header {1: -7}.
var protectedES256 = encode(dict{{1, -7}})

// sign is the COSE_Sign1 of a payload (RFC 9052, 4.2).
func (s signer) sign(label string, payload []byte) []byte {
	return encode(list{protectedES256, dict{}, payload, s.es256(label, protectedES256, payload)})
}

// signDetached is sign with nil in the payload's place.
func (s signer) signDetached(label string, payload []byte) []byte {
	return encode(list{protectedES256, dict{}, raw{0xf6}, s.es256(label, protectedES256, payload)})
}

// nkeyOf is the name of an Ed25519 user key in NATS: base32 of a byte for "U", the
// public key, and their CRC-16 (XMODEM), the low byte first.
func nkeyOf(seed []byte) string {
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	name := append([]byte{20 << 3}, public...)
	var crc uint16
	for _, b := range name {
		crc ^= uint16(b) << 8
		for range 8 {
			if carry := crc & 0x8000; carry != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(binary.LittleEndian.AppendUint16(name, crc))
}

const base45Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// base45 is RFC 9285, section 4.
func base45(data []byte) string {
	var out strings.Builder
	digits := func(n, count int) {
		for range count {
			out.WriteByte(base45Digits[n%45])
			n /= 45
		}
	}
	for i := 0; i+1 < len(data); i += 2 {
		digits(int(data[i])*256+int(data[i+1]), 3)
	}
	if len(data)%2 == 1 {
		digits(int(data[len(data)-1]), 2)
	}
	return out.String()
}

// quasigroup is the table of Damm's thesis, a row a string.
var quasigroup = strings.Fields("0317598642 7092154863 4206871359 1750983426 6123045978 3674209581 5869720134 8945362017 9438617205 2581436790")

func withCheckDigit(digits string) string {
	interim := byte('0')
	for _, d := range []byte(digits) {
		interim = quasigroup[interim-'0'][d-'0']
	}
	return digits + string(interim)
}

// spoken is the spoken code of an offer (CP1, 4.8).
func spoken(oid []byte) string {
	n := new(big.Int).SetBytes(hash("CP1 code", oid)[:8])
	return withCheckDigit(fmt.Sprintf("%08d", n.Mod(n, big.NewInt(100_000_000))))
}

// kemKey is an MLKEM768X25519 (X-Wing) key made from a fixed seed
// (draft-connolly-cfrg-xwing-kem, 5.2).
type kemKey struct {
	name string
	pq   *mlkem.DecapsulationKey768
	t    *ecdh.PrivateKey
}

func newKEMKey(name string) kemKey {
	expanded := sha3.SumSHAKE256(fixed(name, 32), 96)
	return kemKey{name: name, pq: must(mlkem.NewDecapsulationKey768(expanded[:64])), t: must(ecdh.X25519().NewPrivateKey(expanded[64:]))}
}

func (k kemKey) seed() []byte { return fixed(k.name, 32) }

func (k kemKey) public() []byte {
	return append(k.pq.EncapsulationKey().Bytes(), k.t.PublicKey().Bytes()...)
}

// encapsulate is X-Wing's EncapsulateDerand (5.4): random is 32 bytes for
// ML-KEM and the 32 bytes of the ephemeral X25519 key.
func (k kemKey) encapsulate(random []byte) (shared, enc []byte) {
	sharedPQ, ctPQ := must2(mlkemtest.Encapsulate768(k.pq.EncapsulationKey(), random[:32]))
	ephemeral := must(ecdh.X25519().NewPrivateKey(random[32:]))
	sharedT := must(ephemeral.ECDH(k.t.PublicKey()))
	ctT := ephemeral.PublicKey().Bytes()
	sum := sha3.Sum256(bytes.Join([][]byte{sharedPQ, sharedT, ctT, k.t.PublicKey().Bytes(), []byte(`\.//^\`)}, nil))
	return sum[:], append(ctPQ, ctT...)
}

func must2[A, B any](a A, b B, err error) (A, B) {
	if err != nil {
		panic(err)
	}
	return a, b
}

// sealed is an HPKE context of the sender after its one seal.
type sealed struct{ enc, ct, exporter []byte }

// hpkeSuite is "HPKE", KEM 0x647a, HKDF-SHA256, AES-256-GCM (RFC 9180, 5.1).
var hpkeSuite = []byte("HPKE\x64\x7a\x00\x01\x00\x02")

// seal is SetupBaseS and Seal (RFC 9180, 5.1.1 and 5.2).
func (k kemKey) seal(random, info, aad, plain []byte) sealed {
	shared, enc := k.encapsulate(random)
	context := bytes.Join([][]byte{{0}, labeledExtract(nil, "psk_id_hash", nil), labeledExtract(nil, "info_hash", info)}, nil)
	secret := labeledExtract(shared, "secret", nil)
	key, nonce := labeledExpand(secret, "key", context, 32), labeledExpand(secret, "base_nonce", context, 12)
	return sealed{enc, gcm(key).Seal(nil, nonce, plain, aad), labeledExpand(secret, "exp", context, 32)}
}

// export is RFC 9180, 5.3.
func (s sealed) export(context string) []byte {
	return labeledExpand(s.exporter, "sec", []byte(context), 32)
}

func labeledExtract(salt []byte, label string, ikm []byte) []byte {
	return extract(salt, bytes.Join([][]byte{[]byte("HPKE-v1"), hpkeSuite, []byte(label), ikm}, nil))
}

func labeledExpand(prk []byte, label string, info []byte, size int) []byte {
	in := binary.BigEndian.AppendUint16(nil, uint16(size))
	return expand(prk, string(bytes.Join([][]byte{in, []byte("HPKE-v1"), hpkeSuite, []byte(label), info}, nil)), size)
}

// extract is HKDF-Extract (RFC 5869, 2.2).
func extract(salt, ikm []byte) []byte { return must(hkdf.Extract(sha256.New, ikm, salt)) }

// expand is HKDF-Expand (RFC 5869, 2.3).
func expand(prk []byte, info string, size int) []byte {
	return must(hkdf.Expand(sha256.New, prk, info, size))
}

func hmac256(key []byte, parts ...[]byte) []byte {
	m := hmac.New(sha256.New, key)
	for _, p := range parts {
		m.Write(p)
	}
	return m.Sum(nil)
}

func gcm(key []byte) cipher.AEAD { return must(cipher.NewGCM(must(aes.NewCipher(key)))) }

// hotp is RFC 4226 with SHA-256 and six digits.
func hotp(key []byte, counter uint64) string {
	sum := hmac256(key, binary.BigEndian.AppendUint64(nil, counter))
	offset := sum[31] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1_000_000)
}

// record is one record of the channel (CP1, section 7), sealed with the key
// and iv of its direction.
type record struct {
	key, iv, callID []byte
	slot, side, seq int
	kind            int
	plain           []byte
}

func (r record) seal() []byte {
	nonce := bytes.Clone(r.iv)
	for i, b := range binary.BigEndian.AppendUint64(nil, uint64(r.seq)) {
		nonce[4+i] ^= b
	}
	aad := append([]byte("CP1 rec"), r.callID...)
	aad = append(aad, byte(r.slot), byte(r.side))
	aad = append(binary.BigEndian.AppendUint64(aad, uint64(r.seq)), byte(r.kind))
	return r.around(gcm(r.key).Seal(nil, nonce, r.plain, aad))
}

// around is the record's outer form.
func (r record) around(ciphertext []byte) []byte {
	return encode(list{r.slot, r.side, r.seq, r.kind, ciphertext})
}
