// This file owns the pins: what a companion must know of a bank to trust
// anything it says. A pin is kept as deterministic CBOR:
//
//	{1: 1, 2: bank id (16 bytes), 3: name (text), 4: [root point (33 bytes), ...],
//	 5: threshold, 6: bundle version, 7: bundle hash (32 bytes), 8: domain (text),
//	 9: since, ?10: former name (text), ?11: former domain (text), ?12: former until,
//	 13: sum (8 bytes), ?14: withheld name (text), ?15: withheld domain (text),
//	 ?16: name taken, ?17: domain taken, ?18: former name taken,
//	 ?19: former domain taken, ?20: contested (booleans)}
//
// The sum is the beginning of the SHA-256 of the same pin with a sum of zeros:
// a name of which one bit has turned must not be shown to anybody.
// Times are Unix seconds. Keys with ? are absent when they have no value.
// The first value is the version of this form.
//
// Rules: a pin is read from the store at every use, never remembered. A pin
// that is not exactly one that SetPin could have written for this bank is
// ErrDamaged. Whether a bundle may follow another is not decided here.

package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"unicode/utf8"

	"countersign/session/protocol/wire"
)

const (
	// MaxRoots is the largest number of root keys in a pin.
	MaxRoots = 8
	// maxPinName is the size of the longest bank name, in characters (CP1, Conventions).
	maxPinName = 40
	// maxPinDomain is the size of the longest domain, in bytes (CP1, Conventions).
	maxPinDomain = 253
	// maxPin is the size in bytes of the largest encoded pin, rounded up.
	maxPin = 1808
	// pinForm is the version of the pin's form.
	pinForm = 1
)

// Pin is what the companion knows of a bank on its own account, and checks
// everything else against.
type Pin struct {
	// BankID is the bank's identity, made of its first roots.
	BankID [16]byte
	// Name and Domain are what people are shown of the bank: a name of 1 to 40
	// characters, a domain or "". They are those of the bundle pinned, unless
	// its new ones could be taken for another bank's: then they stay.
	Name, Domain string
	// Since is when this computer came to know the bank, in Unix seconds.
	Since int64
	// FormerName and FormerDomain are what people were shown until FormerUntil
	// (Unix seconds), when they were first shown the new name; 0 while they have
	// not been. All are empty when there is nothing to tell.
	FormerName, FormerDomain string
	FormerUntil              int64
	// NameTaken and the like say that it is not what the bank came with.
	NameTaken, DomainTaken, FormerNameTaken, FormerDomainTaken bool
	// WithheldName and WithheldDomain are what the bank's bundle calls it where
	// people are not shown that, not yet or not at all; else empty.
	WithheldName, WithheldDomain string
	// Contested says that what is withheld may be another bank's.
	Contested bool
	// Roots are the bank's root public keys: 1 to 8 different compressed
	// P-256 points of 33 bytes (SEC 1, 2.3.3).
	Roots [][]byte
	// Threshold is how many different roots must sign, 1 to len(Roots).
	Threshold int
	// Version is that of the bundle accepted last.
	Version uint64
	// BundleHash is the hash of that bundle's payload.
	BundleHash [32]byte
}

type storedPin struct {
	Form       uint     `cbor:"1,keyasint"`
	BankID     [16]byte `cbor:"2,keyasint"`
	Name       string   `cbor:"3,keyasint"`
	Roots      [][]byte `cbor:"4,keyasint"`
	Threshold  uint8    `cbor:"5,keyasint"`
	Version    uint64   `cbor:"6,keyasint"`
	BundleHash [32]byte `cbor:"7,keyasint"`
	Domain     string   `cbor:"8,keyasint"`
	Since      int64    `cbor:"9,keyasint"`

	FormerName   string `cbor:"10,keyasint,omitempty"`
	FormerDomain string `cbor:"11,keyasint,omitempty"`
	FormerUntil  int64  `cbor:"12,keyasint,omitempty"`

	Sum [8]byte `cbor:"13,keyasint"`

	WithheldName   string `cbor:"14,keyasint,omitempty"`
	WithheldDomain string `cbor:"15,keyasint,omitempty"`

	NameTaken         bool `cbor:"16,keyasint,omitempty"`
	DomainTaken       bool `cbor:"17,keyasint,omitempty"`
	FormerNameTaken   bool `cbor:"18,keyasint,omitempty"`
	FormerDomainTaken bool `cbor:"19,keyasint,omitempty"`
	Contested         bool `cbor:"20,keyasint,omitempty"`
}

// sum is what Sum must be.
func (s storedPin) sum() [8]byte {
	s.Sum = [8]byte{}
	whole := sha256.Sum256(wire.Marshal(s))
	return [8]byte(whole[:8])
}

// Pin returns what is pinned of the bank. It asks the store every time.
// Errors: ErrNotFound, ErrDamaged, and those of the store.
func (v *Vault) Pin(ctx context.Context, bank [16]byte) (Pin, error) {
	data, err := v.store.Get(ctx, pinItem(bank))
	if err != nil {
		return Pin{}, err
	}
	return decodePin(bank, data)
}

// SetPin stores the pin and replaces an older one of the same bank. It
// returns ErrBadPin for a pin that breaks the rules of its fields. It does not
// compare versions: the caller has done so, on the pin it read before.
func (v *Vault) SetPin(ctx context.Context, pin Pin) error {
	if err := pin.check(); err != nil {
		return fmt.Errorf("%w: %w", ErrBadPin, err)
	}
	return v.store.Set(ctx, pinItem(pin.BankID), encodePin(pin))
}

// DeletePin removes the bank's pin. It returns nil when there is none.
func (v *Vault) DeletePin(ctx context.Context, bank [16]byte) error {
	return v.store.Delete(ctx, pinItem(bank))
}

func pinItem(bank [16]byte) string {
	return "pin/" + hex.EncodeToString(bank[:])
}

func encodePin(p Pin) []byte {
	s := storedPin{
		Form:       pinForm,
		BankID:     p.BankID,
		Name:       p.Name,
		Roots:      p.Roots,
		Threshold:  uint8(p.Threshold),
		Version:    p.Version,
		BundleHash: p.BundleHash,
		Domain:     p.Domain,
		Since:      p.Since,

		FormerName: p.FormerName, FormerDomain: p.FormerDomain, FormerUntil: p.FormerUntil,
		WithheldName: p.WithheldName, WithheldDomain: p.WithheldDomain,
		NameTaken: p.NameTaken, DomainTaken: p.DomainTaken, FormerNameTaken: p.FormerNameTaken, FormerDomainTaken: p.FormerDomainTaken,
		Contested: p.Contested,
	}
	s.Sum = s.sum()
	return wire.Marshal(s)
}

// decodePin returns the pin in data if it is one of this bank: a pin that was
// moved here from another bank's item would make that bank speak for this one.
func decodePin(bank [16]byte, data []byte) (Pin, error) {
	var s storedPin
	if err := wire.Unmarshal(data, maxPin, &s); err != nil {
		return Pin{}, fmt.Errorf("%w: pin: %w", ErrDamaged, err)
	}
	p := Pin{BankID: s.BankID, Name: s.Name, Roots: s.Roots, Threshold: int(s.Threshold), Version: s.Version, BundleHash: s.BundleHash,
		Domain: s.Domain, Since: s.Since, FormerName: s.FormerName, FormerDomain: s.FormerDomain, FormerUntil: s.FormerUntil,
		WithheldName: s.WithheldName, WithheldDomain: s.WithheldDomain,
		NameTaken: s.NameTaken, DomainTaken: s.DomainTaken, FormerNameTaken: s.FormerNameTaken, FormerDomainTaken: s.FormerDomainTaken,
		Contested: s.Contested}
	if s.Form != pinForm {
		return Pin{}, fmt.Errorf("%w: pin of an unknown form", ErrDamaged)
	}
	if s.Sum != s.sum() {
		return Pin{}, fmt.Errorf("%w: pin does not match its sum", ErrDamaged)
	}
	if p.BankID != bank {
		return Pin{}, fmt.Errorf("%w: pin of another bank", ErrDamaged)
	}
	if err := p.check(); err != nil {
		return Pin{}, fmt.Errorf("%w: pin: %w", ErrDamaged, err)
	}
	return p, nil
}

// check holds the rules of a pin's fields. A root listed twice would let one
// key reach a threshold of two.
func (p Pin) check() error {
	if p.Name == "" || !isShort(p.Name, maxPinName) || !isShort(p.FormerName, maxPinName) || !isShort(p.WithheldName, maxPinName) {
		return fmt.Errorf("a name has 1 to %d characters", maxPinName)
	}
	for _, domain := range []string{p.Domain, p.FormerDomain, p.WithheldDomain} {
		if !utf8.ValidString(domain) || len(domain) > maxPinDomain {
			return fmt.Errorf("a domain has at most %d bytes", maxPinDomain)
		}
	}
	if p.WithheldName == "" && (p.WithheldDomain != "" || p.Contested) {
		return fmt.Errorf("a withheld domain has a withheld name, and so has what is contested")
	}
	if p.FormerName == "" && (p.FormerUntil != 0 || p.FormerDomain != "" || p.FormerNameTaken || p.FormerDomainTaken) {
		return fmt.Errorf("a former domain has a former name, and so has its end")
	}
	if len(p.Roots) < 1 || len(p.Roots) > MaxRoots {
		return fmt.Errorf("a bank has 1 to %d root keys", MaxRoots)
	}
	if p.Threshold < 1 || p.Threshold > len(p.Roots) {
		return fmt.Errorf("a threshold is 1 to the number of root keys")
	}
	seen := map[string]bool{}
	for _, root := range p.Roots {
		if _, err := wire.ParsePoint(root); err != nil {
			return err
		}
		if seen[string(root)] {
			return fmt.Errorf("a root key is listed twice")
		}
		seen[string(root)] = true
	}
	return nil
}

// isShort reports whether s is text of at most n characters.
func isShort(s string, n int) bool { return utf8.ValidString(s) && utf8.RuneCountInString(s) <= n }
