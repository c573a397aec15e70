// This file owns the form of what a bundle says of networks and keys beyond the
// curve: where a relay listens, and what makes an HPKE key one of suite 1. The
// grammar is CP1's, section 2.7.

package trust

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hpke"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

const (
	relayScheme = "tls://"
	maxRelay    = 256 // bytes of an address with its scheme
	maxHost     = 253
)

// hostName is a name in lower case whose last label begins with a letter: one
// that does not is the number of a machine, in one of the ways in which numbers
// can be written (RFC 1123, section 2.1).
var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CheckRelay accepts the address of a relay: tls://HOST:PORT and nothing else,
// because NATS reads two addresses where there is a comma, and URLs mean more
// things than a host and a port.
func CheckRelay(url string) error {
	address, found := strings.CutPrefix(url, relayScheme)
	if !found || len(url) > maxRelay || !IsHostPort(address) {
		return fmt.Errorf("%w: a relay's address is tls://HOST:PORT", ErrContent)
	}
	return nil
}

// IsHostPort reports whether an address is HOST:PORT as tickets and relays have
// it: a host name, an IPv4 address or an IPv6 address in brackets, in lower case,
// and a port from 1 to 65535.
func IsHostPort(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil || len(host) > maxHost || strings.ToLower(host) != host {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
		return false
	}
	inBrackets := strings.HasPrefix(address, "[")
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return !inBrackets && hostName.MatchString(host)
	}
	return ip.Is6() == inBrackets && ip.Zone() == ""
}

// lowOrder is a private key that finds the X25519 public keys of low order: with
// them every private key agrees on zero, and the curve refuses that.
var lowOrder = must(ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{1}, 32)))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // the value above is a constant
	}
	return v
}

// CheckHPKEKey accepts an HPKE public key of suite 1: 1,216 bytes, an ML-KEM-768
// key all of whose coefficients are below the modulus (FIPS 203, section 7.2),
// then an X25519 key that is not of low order. Nothing can be sealed to another.
func CheckHPKEKey(public []byte) error {
	if _, err := hpke.MLKEM768X25519().NewPublicKey(public); err != nil {
		return fmt.Errorf("%w: not an HPKE key of suite 1", ErrContent)
	}
	curve, err := ecdh.X25519().NewPublicKey(public[len(public)-32:])
	if err == nil {
		_, err = lowOrder.ECDH(curve)
	}
	if err != nil {
		return fmt.Errorf("%w: an HPKE key of low order", ErrContent)
	}
	return nil
}
