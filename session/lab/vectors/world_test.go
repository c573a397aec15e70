// This file owns the fixed world behind the vectors: a bank, an agent, a
// customer's device and their keys, written field by field with the second
// implementation. Nothing here is random and nothing asks for the time.

package vectors_test

import (
	"crypto/elliptic"
	"encoding/hex"
	"fmt"
	"strings"
)

var p256 = elliptic.P256()

// The times of the world in Unix seconds.
const (
	now        = 1_790_000_000 // of every check, where nothing else is said
	start      = now - 60      // of the offer
	frameTime  = now - 5
	day        = 24 * 3600
	year       = 365 * day
	shiftBegan = now - 3600
	shiftEnds  = now + 4*3600
)

// Numbers and names of the world.
const (
	bankLine     = "+48221112233"
	otherLine    = "+48221114455"
	customerLine = "6789"
	agentNumber  = 17
	agentName    = "Katarzyna Wisniewska-Lis" // 24 characters
	role         = "Fraud specialist"
	department   = "Card protection"
	program      = "0.1.0"
)

// The keys. Their scalars and seeds stand in keys.json.
var (
	root1, root2, root3, root4 = newSigner("root 1"), newSigner("root 2"), newSigner("root 3"), newSigner("root 4")
	issuer, nextIssuer         = newSigner("issuer"), newSigner("next issuer")
	statusKey, logKey          = newSigner("status"), newSigner("log")
	contentKey                 = newSigner("content")
	agentKey, otherAgent       = newSigner("agent"), newSigner("other agent")
	deviceKey, otherDevice     = newSigner("device"), newSigner("other device")
	strangerKey                = newSigner("stranger") // in no bundle and no credential

	reportKey, vaultKey = newKEMKey("report"), newKEMKey("vault")
	offerKey, guestKey  = newKEMKey("offer"), newKEMKey("guest's offer")
	qrOfferKey          = newKEMKey("customer's offer")
	signers             = []signer{root1, root2, root3, root4, issuer, nextIssuer, statusKey, logKey, contentKey, agentKey, otherAgent, deviceKey, otherDevice, strangerKey}
	kemKeys             = []kemKey{reportKey, vaultKey, offerKey, guestKey, qrOfferKey}
)

// The random values of the world.
var (
	bankID         = bankIDOf(roots1)
	otherBankID    = fixed("other bank id", 16)
	tlsKeyHash     = fixed("tls key hash", 32)
	credentialID   = fixed("credential id", 16)
	deviceID       = fixed("device credential id", 16)
	pseudonym      = fixed("pseudonym", 16)
	otherPseudonym = fixed("other pseudonym", 16)
)

// Two nkeys as NATS writes them: they only name connections.
const (
	agentNkey     = "UAGENTAGENTAGENTAGENTAGENTAGENTAGENTAGENTAGENTAGENTAGENT"
	companionNkey = "UCOMPANIONCOMPANIONCOMPANIONCOMPANIONCOMPANIONCOMPANIONC"
)

func bundleKey(role int, public []byte, from, to int) dict {
	return dict{{1, role}, {2, public}, {3, from}, {4, to}}
}

func rootsHash(threshold int, roots ...signer) []byte {
	parts := [][]byte{{byte(threshold)}}
	for _, r := range roots {
		parts = append(parts, r.point())
	}
	return hash("CP1 roots", parts...)
}

// bankIDOf is the id of the bank that began with these roots (CP1, 4.1).
func bankIDOf(rootsHash []byte) []byte { return hash("CP1 bank", rootsHash)[:16] }

func points(roots ...signer) (out list) {
	for _, r := range roots {
		out = append(out, r.point())
	}
	return out
}

var bundle1 = dict{
	{1, bankID}, {2, "Example Bank"}, {3, "examplebank.com"}, {4, 0x0B5D3B}, {5, 1}, {6, []byte{}},
	{7, points(root1, root2, root3)}, {8, 2},
	{9, list{
		bundleKey(1, issuer.point(), now-year, now+year), bundleKey(2, statusKey.point(), now-year, now+year),
		bundleKey(3, reportKey.public(), now-year, now+year), bundleKey(4, logKey.point(), now-year, now+year),
		bundleKey(5, contentKey.point(), now-year, now+year), bundleKey(6, vaultKey.public(), now-year, now+year),
	}},
	{10, list{dict{{1, "tls://relay.examplebank.com:4222"}, {2, tlsKeyHash}}}},
	{11, []byte{1}}, {12, list{bankLine, otherLine}}, {13, program}, {14, now - 30*day}, {15, now + year},
}

// bundle2 follows bundle1: root 1 goes, root 4 comes, and a second issuer.
var bundle2 = bundle1.with(5, 2).with(6, hash("CP1 bundle", encode(bundle1))).with(7, points(root2, root3, root4)).
	with(9, append(list{bundleKey(1, nextIssuer.point(), now-day, now+2*year)}, bundle1[8].value.(list)...)).
	with(14, now-day).with(15, now+2*year)

// bundle3 and bundle4 follow with the same roots: a lineage may leave out 3.
var (
	bundle3 = bundle2.with(5, 3).with(6, hash2)
	bundle4 = bundle3.with(5, 4).with(6, hash("CP1 bundle", encode(bundle3)))
)

// bundleOver is bundle1, past its expiry.
var bundleOver = bundle1.with(15, now-1)

// signBundle is a bundle with the roots' signatures beside it.
func signBundle(bundle dict, roots ...signer) []byte {
	payload, signatures := encode(bundle), list{}
	for _, r := range roots {
		signatures = append(signatures, r.signDetached("CP1 bundle", payload))
	}
	return encode(list{payload, signatures})
}

var (
	signed1 = signBundle(bundle1, root1, root2)
	signed2 = signBundle(bundle2, root1, root2, root4)
	signed3 = signBundle(bundle3, root2, root3)
	signed4 = signBundle(bundle4, root2, root3)
	roots1  = rootsHash(2, root1, root2, root3)
	roots2  = rootsHash(2, root2, root3, root4)
	hash1   = hash("CP1 bundle", encode(bundle1))
	hash2   = hash("CP1 bundle", encode(bundle2))
	hash3   = hash("CP1 bundle", encode(bundle3))
	hash4   = hash("CP1 bundle", encode(bundle4))
	anchor1 = anchor{"Example Bank", "examplebank.com", bankID, []Hex{root1.point(), root2.point(), root3.point()}, 2, 1, hash1}
)

var content1 = dict{
	{1, bankID}, {2, 1}, {3, contentKey.id()}, {4, now - day},
	{5, list{
		dict{{1, 1}, {2, dict{{"en", "About a card payment"}, {"pl", "W sprawie płatności kartą"}}}},
		dict{{1, 3}, {2, dict{{"en", "About access to your account"}}}},
	}},
	{6, dict{{"en", list{"tell us your PIN", "move money to keep it safe"}}, {"pl", list{"podać kod PIN"}}}},
}

// fullContent has as many languages and sentences as content may, and the signs
// that may stand in them.
var fullContent = content1.with(5, list{dict{{1, 1}, {2, inLanguages(16, honest)}}}).with(6, inLanguages(16, sentences(8)))

const honest = "About a payment of €120 + £5 (± 5 %): “is it yours?” – 10 < 20 …"

// inLanguages is a map from n languages to the same.
func inLanguages(n int, value any) (all dict) {
	for i := range n {
		all = append(all, pair{string([]byte{'a' + byte(i/26), 'a' + byte(i%26)}), value})
	}
	return all
}

func sentences(n int) (all list) {
	for range n {
		all = append(all, "tell us your PIN")
	}
	return all
}

var content2 = content1.with(2, 2).with(4, now-3600)

var credential1 = dict{
	{1, issuer.id()}, {2, agentNumber}, {3, agentName}, {4, role}, {5, department}, {6, shiftBegan}, {7, shiftEnds},
	{8, credentialID}, {9, agentKey.point()}, {10, []byte{1, 2}},
}

var device1 = dict{
	{1, issuer.id()}, {2, deviceID}, {3, pseudonym}, {4, deviceKey.point()}, {5, now - day}, {6, now + 4*year}, {7, list{customerLine, "0123"}},
	{8, now - year},
}

// renewed1 follows device1 after a change of the customer's numbers, and
// renewal1 asked for it.
var (
	renewed1 = device1.with(5, now).with(7, list{"0123", "4455"})
	renewal1 = dict{{1, deviceID}, {2, companionNkey}, {3, now}}
)

func staple(credential []byte, good bool, issuedAt int) dict {
	return dict{{1, statusKey.id()}, {2, credential}, {3, good}, {4, issuedAt}}
}

var (
	signedContent    = contentKey.sign("CP1 content", encode(content1))
	signedCredential = issuer.sign("CP1 cred", encode(credential1))
	signedDevice     = issuer.sign("CP1 device", encode(device1))
	signedRenewed    = issuer.sign("CP1 device", encode(renewed1))
	goodStaple       = statusKey.sign("CP1 status", encode(staple(credentialID, true, now-120)))
)

// made is an offer with everything that the agent makes for it.
type made struct {
	name               string
	kem                kemKey
	callID, nonceA, ca []byte
	core               dict
	credential         dict
	signedCredential   []byte
	how                int
}

// newOffer makes an offer: core is what differs from a call by the bank to the
// customer.
func newOffer(name string, kem kemKey, change func(callID []byte, core dict) dict) made {
	m := made{name: name, kem: kem, callID: fixed(name+": call id", 16), nonceA: fixed(name+": nonce of the agent", 32), how: 1}
	m.credential, m.signedCredential = credential1, signedCredential
	m.ca = hash("CP1 commit", m.callID, m.nonceA)
	m.core = dict{
		{1, hash("CP1 cred", encode(credential1))[:16]}, {2, m.callID}, {3, start}, {4, 1}, {5, 1}, {6, customerLine},
		{7, hash("CP1 ref", m.callID, pseudonym)[:16]}, {8, 1}, {9, hash("CP1 keys", bankID, kem.public(), m.ca)},
	}
	if change != nil {
		m.core = change(m.callID, m.core)
	}
	return m
}

func (m made) payload() []byte { return encode(m.core) }

func (m made) oid() []byte { return hash("CP1 offer", m.payload()) }

func (m made) signed() []byte { return agentKey.sign("CP1 offer", m.payload()) }

func (m made) code() string { return spoken(m.oid()) }

// text is the QR text of a frame (CP1, 4.7).
func (m made) text(at int) string {
	return frameText(m.payload(), at, agentKey.es256("CP1 frame", protectedES256, encode(list{m.payload(), at})), m.credential, m.signedCredential)
}

func frameText(payload []byte, at int, signature []byte, credential dict, signedCredential []byte) string {
	return "CP1:" + base45(encode(list{payload, at, signature, encode(credential), signedCredential[len(signedCredential)-64:]}))
}

// The offers of the world.
var (
	bankCalls = newOffer("bank called", offerKey, nil)
	// The customer has dialled the bank's line; the agent does not know who it is.
	customerCalls = newOffer("customer called", qrOfferKey, func(_ []byte, core dict) dict {
		return core.with(4, 2).with(6, "2233").without(7)
	})
	toGuest = newOffer("to a guest", guestKey, func(_ []byte, core dict) dict { return core.without(7) })
)

// diagnose writes an item in CBOR's diagnostic notation (RFC 8949, section 8).
func diagnose(v any) string {
	var parts []string
	switch v := v.(type) {
	case []byte:
		return "h'" + hex.EncodeToString(v) + "'"
	case Hex:
		return diagnose([]byte(v))
	case string:
		return fmt.Sprintf("%q", v)
	case list:
		for _, element := range v {
			parts = append(parts, diagnose(element))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case dict:
		for _, p := range v {
			parts = append(parts, diagnose(p.key)+": "+diagnose(p.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(v)
}
