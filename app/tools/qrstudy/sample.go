// This file owns the random offers: real ones, signed as an agent's program
// signs them, with names from the shortest to the longest that CP1 allows.

package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"io"
	"math/rand/v2"
	"time"

	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// class is a kind of agent credential: what is written in it makes most of the
// difference between the sizes of frames.
type class struct {
	name     string
	share    int // of a hundred offers
	shortest int // characters of a name, role or department
	longest  int
	alphabet []rune
}

// Letters of one, two, three and four bytes. All of them are letters in normal
// form, so that CP1 allows a name of 40.
var (
	latin = []rune("ABDEGHIKLMNOPRSTUWZabcdefghijklmnoprstuwyz")
	greek = []rune("\u0391\u0392\u0393\u0394\u0396\u0398\u039b\u039e\u03a0\u03a3\u03b1\u03b2\u03b3\u03b4\u03b5\u03b6\u03b7\u03b8\u03bb\u03bc")
	han   = []rune("\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u5c71\u5ddd\u7530\u6728\u6797\u68ee")
	rare  = []rune("\U0002000B\U00020089\U000201A2\U00020213\U0002032B\U00020381\U000203F9\U0002044A\U00020509\U000205D6") // Han, extension B
)

// classes: typical is what the size goal of a frame speaks of.
var classes = []class{
	{"short", 20, 2, 12, latin},
	{"typical", 45, 18, 24, latin},
	{"longest, 1 byte a letter", 15, 40, 40, latin},
	{"longest, 2 bytes a letter", 8, 40, 40, greek},
	{"longest, 3 bytes a letter", 6, 40, 40, han},
	{"longest, 4 bytes a letter", 6, 40, 40, rare},
}

// sample is one offer and its spoiled picture.
type sample struct {
	number  int
	class   int // index in classes
	text    string
	bytes   int // of the frame
	version int // of the QR code
	picture []byte
}

// makeSample makes the offer and the picture of a number.
func makeSample(seed uint64, number int) (sample, error) {
	random := rand.New(rand.NewPCG(seed, uint64(number)))
	s := sample{number: number, class: pickClass(random)}
	var err error
	if s.text, err = frameText(random, classes[s.class]); err != nil {
		return sample{}, err
	}
	s.bytes = frameBytes(s.text)
	s.picture, s.version, err = picture(random, s.text)
	return s, err
}

func pickClass(random *rand.Rand) int {
	at := random.IntN(100)
	for i, c := range classes {
		if at < c.share {
			return i
		}
		at -= c.share
	}
	panic("qrstudy: the shares of the classes do not sum up to a hundred")
}

// frameText makes an agent of the class and a frame of an offer by that agent.
func frameText(random *rand.Rand, c class) (string, error) {
	agent, issuer := newKey(random), newKey(random)
	start := time.Unix(1_790_000_000+random.Int64N(1<<26), 0)
	purposes := somePurposes(random)
	credential, err := trust.SignCredential(trust.Credential{
		Issuer: wire.KeyID(wire.Point(&issuer.key.PublicKey)), AgentID: random.Uint64N(100_000),
		Name: someName(random, c), Role: someName(random, c), Department: someName(random, c),
		NotBefore: start.Add(-time.Hour).Unix(), Expiry: start.Add(-time.Hour + trust.MaxCredential).Unix(),
		ID: [16]byte(someBytes(random, 16)), Public: wire.Point(&agent.key.PublicKey), Purposes: purposes,
	}, issuer)
	if err != nil {
		return "", err
	}
	core, err := someCore(random, start, credential, purposes)
	if err != nil {
		return "", err
	}
	return offer.NewFrame(core, start.Add(time.Duration(random.IntN(280))*time.Second), agent, credential)
}

// someCore is an offer of real keys to a real reference, or, one time in
// eight, to nobody.
func someCore(random *rand.Rand, start time.Time, credential []byte, purposes []trust.Purpose) (offer.Core, error) {
	opened, err := trust.PeekCredential(credential)
	if err != nil {
		return offer.Core{}, err
	}
	private, err := hpke.MLKEM768X25519().DeriveKeyPair(someBytes(random, 32))
	if err != nil {
		return offer.Core{}, err
	}
	id := [16]byte(someBytes(random, 16))
	core := offer.Core{
		Credential: opened.Hash(), CallID: id, Start: start.Unix(), Direction: offer.Direction(1 + random.IntN(2)),
		Purpose: purposes[random.IntN(len(purposes))], Line: someLine(random), Suite: trust.Suite1,
	}
	core.Keys = offer.Keys{PKA: private.PublicKey().Bytes(), CA: offer.Commitment(id, [32]byte(someBytes(random, 32)))}.Hash()
	if random.IntN(8) > 0 {
		ref := offer.RefHash(id, [16]byte(someBytes(random, 16)))
		core.Ref = ref[:]
	}
	return core, nil
}

// someName is a name of the class: words of its letters.
func someName(random *rand.Rand, c class) string {
	name := make([]rune, c.shortest+random.IntN(c.longest-c.shortest+1))
	for i := range name {
		name[i] = c.alphabet[random.IntN(len(c.alphabet))]
		if i > 2 && i < len(name)-3 && name[i-1] != ' ' && random.IntN(8) == 0 {
			name[i] = []rune(" '-.")[random.IntN(4)]
		}
	}
	return string(name)
}

// somePurposes is what the agent may call for: often everything.
func somePurposes(random *rand.Rand) []trust.Purpose {
	all := trust.Purposes()
	if random.IntN(2) == 0 {
		return all
	}
	return all[:1+random.IntN(len(all))]
}

func someLine(random *rand.Rand) string {
	digits := make([]byte, 4)
	for i := range digits {
		digits[i] = byte('0' + random.IntN(10))
	}
	return string(digits)
}

func someBytes(random *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// signer signs without randomness (RFC 6979), so that a seed gives the same
// frames each time.
type signer struct{ key *ecdsa.PrivateKey }

// newKey returns a P-256 key of the random source.
func newKey(random *rand.Rand) signer {
	for {
		// A string of 32 bytes is hardly ever over the group's order.
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), someBytes(random, 32)); err == nil {
			return signer{key}
		}
	}
}

// Public implements crypto.Signer.
func (s signer) Public() crypto.PublicKey { return s.key.Public() }

// Sign implements crypto.Signer.
func (s signer) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return s.key.Sign(nil, digest, crypto.SHA256)
}
