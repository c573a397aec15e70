// This file owns the form of private keys on disk: PEM blocks, PKCS #8 (RFC
// 5958) for P-256 keys, the serialised form of RFC 9180 for the HPKE key.

package bank

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"path/filepath"
	"slices"
)

const (
	pemECDSA = "PRIVATE KEY"
	pemHPKE  = "COUNTERSIGN HPKE PRIVATE KEY"
)

func newECDSA() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

func pemOfECDSA(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemECDSA, Bytes: der}), nil
}

func readECDSA(dir, name string) (*ecdsa.PrivateKey, error) {
	return ecdsaOf(filepath.Join(dir, keyFolder), name)
}

// ecdsaOf reads a P-256 key from a folder of any kind.
func ecdsaOf(folder, name string) (*ecdsa.PrivateKey, error) {
	data, err := readFile(folder, name)
	if err != nil {
		return nil, err
	}
	der, err := unpem(data, pemECDSA, name)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, damaged(name)
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, damaged(name)
	}
	return key, nil
}

func pemOfHPKE(key hpke.PrivateKey) ([]byte, error) {
	private, err := key.Bytes()
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemHPKE, Bytes: private}), nil
}

func readHPKE(dir, name string) (hpke.PrivateKey, error) {
	data, err := readFile(dir, keyFolder, name)
	if err != nil {
		return nil, err
	}
	private, err := unpem(data, pemHPKE, name)
	if err != nil {
		return nil, err
	}
	key, err := hpke.MLKEM768X25519().NewPrivateKey(private)
	if err != nil {
		return nil, damaged(name)
	}
	return key, nil
}

// unpem returns the bytes of the one PEM block that the data must be.
func unpem(data []byte, kind, name string) ([]byte, error) {
	block, rest := pem.Decode(data)
	if block == nil || block.Type != kind || len(rest) != 0 {
		return nil, damaged(name)
	}
	return slices.Clone(block.Bytes), nil
}

// damaged says nothing of what the parser met: it was reading a private key.
func damaged(name string) error {
	return Fault{name + " of this folder is damaged, it does not hold what belongs there", remedy, nil}
}
