// This file owns how a bank goes on: the next bundle, with other words, lines,
// relays or keys, and a later end.
//
// It happens in three steps, so that the root key is needed in one place only:
// Draft makes new keys and says what is to be signed, somebody signs it (SignBy,
// for a root key in a file), Publish checks what was signed and puts it in force.
//
// Rules: a bundle is in force once its file has its name, and not before: keys
// that no bundle lists are passed over. A key that clients must know before it is
// used is listed first and used later. An old key is listed as long as something
// that it signed counts; its private half goes as soon as nothing needs it.

package bank

import (
	"cmp"
	"crypto/hpke"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"countersign/session/computer/disk"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// What Renewal.New may name.
const (
	NewIssuer  = "issuer"
	NewStatus  = "status"
	NewReport  = "report"
	NewContent = "content"
	NewRelay   = "relay"
)

const (
	// issuerLead is how long before its use a new issuer key is listed, and how
	// long a new relay key stands beside the old one. A companion that has not met
	// the bank for so long takes no QR of the new issuer until it has.
	issuerLead = 30 * 24 * time.Hour
	// statusLead is the same for the status key: agents fetch news every 8 hours.
	statusLead = 24 * time.Hour
	// rest is how long a key that signs no more stays listed, issuers apart.
	rest = 30 * 24 * time.Hour
	// nameRest is how long after a new name customers are shown no other (CP1, 4.1).
	nameRest = 90 * 24 * time.Hour
)

// Renewal is what the next bundle says otherwise. Nil keeps what there is.
type Renewal struct {
	Name   *string  `cbor:"1,keyasint,omitempty"`
	Domain *string  `cbor:"2,keyasint,omitempty"` // "" for none
	Lines  []string `cbor:"3,keyasint,omitempty"` // all of them, E.164
	Relays []string `cbor:"4,keyasint,omitempty"` // all of them, tls://HOST:PORT, the server's own first
	New    []string `cbor:"5,keyasint,omitempty"` // keys to make anew
}

// Draft is a bundle that waits for the roots' signatures.
type Draft struct {
	Payload []byte   // what they sign
	Notes   []string // what the operator should know, a sentence each
}

// Draft makes the next bundle and the private keys that it needs. firstDevice is
// when the first of the devices that count was enrolled (Unix seconds, 0 for
// none): issuers that may have signed for it stay listed.
func (b *Bank) Draft(r Renewal, firstDevice int64, now time.Time) (d Draft, err error) {
	next := *b.Bundle
	hash := b.Bundle.Hash()
	next.Version, next.Previous = b.Bundle.Version+1, hash[:]
	next.Issued, next.Expiry = now.Unix(), now.AddDate(0, validMonths, 0).Unix()
	if err := b.removeDraft(next.Version); err != nil {
		return d, err
	}
	if r.Name != nil && *r.Name != next.Name {
		next.Name = *r.Name
		d.Notes = append(d.Notes, fmt.Sprintf("customers see the name %s from their next but one call on, for 90 days with the former one", next.Name))
		if since := b.since[nameOf(b.Bundle)]; b.Bundle.Version > 1 && now.Sub(time.Unix(since, 0)) < nameRest {
			d.Notes = append(d.Notes, "the name was changed less than 90 days ago: customers are shown no other until these are over")
		}
	}
	if r.Domain != nil {
		next.Domain = *r.Domain
	}
	if len(r.Lines) > 0 {
		next.Lines = r.Lines
	}
	if next.Keys, err = b.nextKeys(r.New, firstDevice, &next, &d); err != nil {
		return d, err
	}
	if next.Relays, err = b.nextRelays(r, &next, &d); err != nil {
		return d, err
	}
	d.Payload = wire.Marshal(next)
	return d, nil
}

func nameOf(b *trust.Bundle) string { return "name " + b.Name }

// removeDraft takes away the keys of a draft that was never signed.
func (b *Bank) removeDraft(version uint64) error {
	for _, name := range []string{issuerKey, statusKey, reportKey, contentKey, tlsKey, tlsCertificate} {
		if err := os.Remove(filepath.Join(b.Dir, keyFolder, ofVersion(name, version))); err != nil && !errIsMissing(err) {
			return err
		}
	}
	return nil
}

// ofVersion is the name of a key that was made for a bundle: issuer.pem for the
// first, issuer-2.pem for the second.
func ofVersion(name string, version uint64) string {
	if version == 1 {
		return name
	}
	ending := filepath.Ext(name)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ending), version, ending)
}

// renewable are the roles of keys with what belongs to each.
var renewable = []struct {
	role uint8
	name string // in Renewal.New; "" if this key is not made anew here
	file string
	lead time.Duration // from the bundle to the key's use
}{
	{trust.RoleIssuer, NewIssuer, issuerKey, issuerLead},
	{trust.RoleStatus, NewStatus, statusKey, statusLead},
	{trust.RoleReport, NewReport, reportKey, 0},
	{trust.RoleLog, "", logKey, 0},
	{trust.RoleContent, NewContent, contentKey, 0},
	{trust.RoleVault, "", "", 0},
}

func (b *Bank) nextKeys(fresh []string, firstDevice int64, next *trust.Bundle, d *Draft) ([]trust.Key, error) {
	var all []trust.Key
	for _, kind := range renewable {
		var keys []trust.Key
		for _, k := range next.Keys {
			if k.Role == kind.role {
				keys = append(keys, k)
			}
		}
		slices.SortStableFunc(keys, func(a, b trust.Key) int { return cmp.Compare(a.NotBefore, b.NotBefore) })
		if len(keys) == 0 {
			continue
		}
		last := &keys[len(keys)-1]
		last.NotAfter = next.Expiry
		if kind.name != "" && slices.Contains(fresh, kind.name) {
			if last.NotBefore > next.Issued {
				return nil, fmt.Errorf("a new %s key is listed already, and is used from %s on: wait until then", kind.name, Day(last.NotBefore))
			}
			public, err := b.newKey(kind.role, ofVersion(kind.file, next.Version))
			if err != nil {
				return nil, err
			}
			from := max(time.Unix(next.Issued, 0).Add(kind.lead).Unix(), last.NotBefore+1)
			last.NotAfter = from + int64(trust.Skew/time.Second)
			keys = append(keys, trust.Key{Role: kind.role, Public: public, NotBefore: from, NotAfter: next.Expiry})
			if kind.lead > 0 {
				d.Notes = append(d.Notes, fmt.Sprintf("the new %s key is listed now and used from %s on, when programs have learned of it", kind.name, Day(from)))
			}
		}
		newest := keys[len(keys)-1]
		keys = slices.DeleteFunc(keys, func(k trust.Key) bool {
			return k.NotBefore != newest.NotBefore && k.NotAfter < b.neededSince(k, firstDevice, next.Issued)
		})
		all = append(all, keys...)
	}
	return all, nil
}

// neededSince is the time (Unix seconds) before which a key must have ended that
// need not be listed any more.
func (b *Bank) neededSince(k trust.Key, firstDevice, now int64) int64 {
	switch k.Role {
	case trust.RoleIssuer:
		agents := now - int64(trust.MaxCredential/time.Second)
		if firstDevice != 0 {
			return min(agents, firstDevice)
		}
		return agents
	case trust.RoleContent:
		if wire.KeyID(k.Public) == b.contentKey {
			return 0 // what is published is signed by it
		}
	}
	return now - int64(rest/time.Second)
}

// newKey makes a key and writes its private half. It counts once a bundle lists it.
func (b *Bank) newKey(role uint8, file string) (public []byte, err error) {
	if role == trust.RoleReport {
		key, err := hpke.MLKEM768X25519().GenerateKey()
		if err != nil {
			return nil, err
		}
		data, err := pemOfHPKE(key)
		if err != nil {
			return nil, err
		}
		return key.PublicKey().Bytes(), writeFile(data, b.Dir, keyFolder, file)
	}
	key, err := newECDSA()
	if err != nil {
		return nil, err
	}
	data, err := pemOfECDSA(key)
	if err != nil {
		return nil, err
	}
	return wire.Point(&key.PublicKey), writeFile(data, b.Dir, keyFolder, file)
}

// nextRelays lists every address with every key of this server that counts, the
// one in use first. A new key stands beside the old one for a while, because a
// client that knows only the old one could not reach the bank to learn the new.
func (b *Bank) nextRelays(r Renewal, next *trust.Bundle, d *Draft) ([]trust.Relay, error) {
	var urls []string
	var hashes [][32]byte
	for _, relay := range next.Relays {
		if !slices.Contains(urls, relay.URL) {
			urls = append(urls, relay.URL)
		}
		if !slices.Contains(hashes, relay.KeyHash) {
			hashes = append(hashes, relay.KeyHash)
		}
	}
	if len(r.Relays) > 0 {
		urls = r.Relays
	}
	if due := time.Unix(b.since[hashName(hashes[len(hashes)-1])], 0).Add(issuerLead); len(hashes) > 1 && due.Unix() <= next.Issued {
		hashes = hashes[len(hashes)-1:]
		d.Notes = append(d.Notes, "the new relay key takes the old one's place: programs that have not met the bank since it was listed must enrol anew, and calls in progress end")
	} else if len(hashes) > 1 && slices.Contains(r.New, NewRelay) {
		return nil, fmt.Errorf("a new relay key is listed already, and takes the old one's place with the first bundle after %s: wait until then", Day(due.Unix()))
	}
	if slices.Contains(r.New, NewRelay) {
		hash, err := b.newTLS(urls[0], next)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
		d.Notes = append(d.Notes, fmt.Sprintf("the new relay key stands beside the old one, and takes its place with the first bundle after %s", Day(next.Issued+int64(issuerLead/time.Second))))
	}
	var relays []trust.Relay
	for _, hash := range hashes {
		for _, url := range urls {
			relays = append(relays, trust.Relay{URL: url, KeyHash: hash})
		}
	}
	return relays, nil
}

func hashName(hash [32]byte) string { return "relay " + string(hash[:]) }

func (b *Bank) newTLS(url string, next *trust.Bundle) (hash [32]byte, err error) {
	key, err := newECDSA()
	if err != nil {
		return hash, err
	}
	o := Options{Name: next.Name, Relay: url, Now: time.Unix(next.Issued, 0)}
	der, hash, err := o.certificate(key)
	if err != nil {
		return hash, err
	}
	data, err := pemOfECDSA(key)
	if err != nil {
		return hash, err
	}
	if err := writeFile(data, b.Dir, keyFolder, ofVersion(tlsKey, next.Version)); err != nil {
		return hash, err
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return hash, writeFile(block, b.Dir, keyFolder, ofVersion(tlsCertificate, next.Version))
}

// SignBy has the root key in a file sign a draft. This is all that a bank does
// otherwise whose roots are not in a file.
func SignBy(rootFile string, payload []byte) ([]byte, error) {
	var draft trust.Bundle
	if err := wire.Unmarshal(payload, wire.MaxBundle, &draft); err != nil {
		return nil, err
	}
	folder, name := filepath.Split(rootFile)
	root, err := ecdsaOf(folder, name)
	if errIsMissing(err) {
		return nil, fmt.Errorf("%s is not there: bring the root key, and say where it is with --root", rootFile)
	}
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(draft.Roots, func(r []byte) bool { return slices.Equal(r, wire.Point(&root.PublicKey)) }) {
		return nil, fmt.Errorf("%s is not a root key of this bank", rootFile)
	}
	return trust.SignBundle(draft, root)
}

// Publish puts a signed draft in force: it follows from the newest bundle, and
// this folder has the keys that it lists. The server that runs on the folder
// reads it when it starts anew.
func (b *Bank) Publish(signed []byte, now time.Time) (*trust.Bundle, error) {
	next, err := b.Bundle.Follow([][]byte{signed})
	switch {
	case errors.Is(err, trust.ErrRoots):
		return nil, errors.New("too few of the bank's root keys have signed this bundle")
	case err != nil:
		return nil, fmt.Errorf("the programs of customers would refuse this bundle: %w", err)
	case next == b.Bundle, next.Expired(now):
		return nil, errors.New("this bundle has expired: make a new draft")
	}
	fresh := &Bank{Dir: b.Dir, Bundle: next, Bundles: append(slices.Clone(b.Bundles), signed)}
	for _, part := range []func() error{fresh.loadContent, fresh.loadKeys, fresh.loadTLS} {
		if err := part(); err != nil {
			return nil, fmt.Errorf("this is not the newest draft of this folder: %w", err)
		}
	}
	if err := placeNew(signed, b.Dir, bundleFolder, numbered(int(next.Version))); err != nil {
		return nil, err
	}
	if err := fresh.resignContent(now); err != nil {
		return nil, err
	}
	return next, fresh.forgetKeys(now)
}

// resignContent publishes the same words anew where a new content key is in force.
func (b *Bank) resignContent(now time.Time) error {
	public := b.Bundle.Public(trust.RoleContent, now)
	if wire.KeyID(public) == b.contentKey {
		return nil
	}
	keys, err := b.listedKeys(contentKey, trust.RoleContent)
	if err != nil {
		return err
	}
	words, err := b.Bundle.Content(b.Content)
	if err != nil {
		return err
	}
	content := *words
	content.Version, content.Key, content.IssuedAt = b.ContentVersion+1, wire.KeyID(public), now.Unix()
	signed, err := trust.SignContent(content, keys[len(keys)-1].Private)
	if err != nil {
		return err
	}
	return placeNew(signed, b.Dir, contentFolder, numbered(int(content.Version)))
}

// forgetKeys removes private keys that nothing needs any more: of those that no
// bundle lists, and of those that have signed their last.
func (b *Bank) forgetKeys(now time.Time) error {
	for _, kind := range renewable {
		if kind.name == "" {
			continue
		}
		names, err := b.keyFiles(kind.file)
		if err != nil {
			return err
		}
		for _, name := range names {
			public, err := b.publicOf(kind.role, name)
			if err != nil {
				return err
			}
			needed := slices.ContainsFunc(b.Bundle.Keys, func(k trust.Key) bool {
				return k.Role == kind.role && slices.Equal(k.Public, public) && (kind.role == trust.RoleReport || now.Unix() <= k.NotAfter)
			})
			if needed {
				continue
			}
			if err := os.Remove(filepath.Join(b.Dir, keyFolder, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Bank) publicOf(role uint8, name string) ([]byte, error) {
	if role == trust.RoleReport {
		key, err := readHPKE(b.Dir, name)
		if err != nil {
			return nil, err
		}
		return key.PublicKey().Bytes(), nil
	}
	key, err := readECDSA(b.Dir, name)
	if err != nil {
		return nil, err
	}
	return wire.Point(&key.PublicKey), nil
}

// placeNew writes a new file whole or not at all, and returns once it is on disk.
// A file of this name is an error.
func placeNew(data []byte, dir string, names ...string) error {
	path := filepath.Join(append([]string{dir}, names...)...)
	temporary := path + ".new"
	if err := os.Remove(temporary); err != nil && !errIsMissing(err) {
		return err
	}
	if err := writeFile(data, temporary); err != nil {
		return err
	}
	err := os.Link(temporary, path)
	return errors.Join(err, os.Remove(temporary), disk.SyncFolder(filepath.Dir(path)))
}

// Day is a time (Unix seconds) as a day in UTC.
func Day(seconds int64) string { return time.Unix(seconds, 0).UTC().Format(time.DateOnly) }

// End is something of the bank that ends.
type End struct {
	What string
	Key  string // which, as Renewal.New calls it; "" for the bundle
	At   time.Time
}

// Ends are what ends of the bank, the soonest first: the bundle and the keys in
// use. After any of them calls are refused until the bank is renewed.
func (b *Bank) Ends(now time.Time) []End {
	ends := []End{{"the bank's bundle", "", time.Unix(b.Bundle.Expiry, 0)}}
	for _, kind := range renewable {
		var last int64
		for _, k := range b.Bundle.Keys {
			if k.Role == kind.role {
				last = max(last, k.NotAfter)
			}
		}
		if last != 0 && kind.name != "" {
			ends = append(ends, End{"the bank's " + kind.name + " key", kind.name, time.Unix(last, 0)})
		}
	}
	slices.SortStableFunc(ends, func(a, b End) int { return a.At.Compare(b.At) })
	return ends
}

// Loudness is how loudly an end is told: 0 not at all, then from 90, 30 and 7 days
// before it, and 4 once it is there.
func (e End) Loudness(now time.Time) int {
	left := e.At.Sub(now)
	for i, days := range []int{0, 7, 30, 90} {
		if left <= time.Duration(days)*24*time.Hour {
			return 4 - i
		}
	}
	return 0
}

// When says how far off the end is.
func (e End) When(now time.Time) string {
	day := e.At.UTC().Format(time.DateOnly)
	if e.At.After(now) {
		return fmt.Sprintf("ends in %d days, on %s", int(e.At.Sub(now)/(24*time.Hour)), day)
	}
	return "ended on " + day + ", and customers' programs refuse every call"
}
