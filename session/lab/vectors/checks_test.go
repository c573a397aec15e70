// This file owns the checks of the vectors: each takes the input of a vector
// apart, calls the real decoder or verifier, and puts together what it says.
// Nothing is decided here but the order of the calls, which is CP1's. The
// types are the names that stand in the files.

package vectors_test

import (
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/nats-io/nkeys"

	"countersign/session/lab/vectors"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/report"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/wire"
)

// Hex is bytes in the files.
type Hex = vectors.Hex

// checks are all checks but those of the handshake.
var checks = map[string]vectors.Check{
	"hash":              vectors.Of(checkHash),
	"signing key":       vectors.Of(checkSigningKey),
	"hpke key":          vectors.Of(checkHPKEKey),
	"signature":         vectors.Of(checkSignature),
	"spoken code":       vectors.Of(checkSpokenCode),
	"typed code":        vectors.Of(checkTypedCode),
	"typed number":      vectors.Of(checkTypedNumber),
	"typed words":       vectors.Of(checkTypedWords),
	"typed name":        vectors.Of(checkTypedName),
	"name":              vectors.Of(checkName),
	"confusable names":  vectors.Of(checkConfusableNames),
	"reference":         vectors.Of(checkReference),
	"commitment":        vectors.Of(checkCommitment),
	"offer keys":        vectors.Of(checkOfferKeys),
	"customer hash":     vectors.Of(checkCustomerHash),
	"first bundle":      vectors.Of(checkFirstBundle),
	"lineage":           vectors.Of(checkLineage),
	"pinned lineage":    vectors.Of(checkPinnedLineage),
	"pinned bundle":     vectors.Of(checkPinnedBundle),
	"bundle chain":      vectors.Of(checkBundleChain),
	"content":           vectors.Of(checkContent),
	"agent credential":  vectors.Of(checkAgentCredential),
	"device credential": vectors.Of(checkDeviceCredential),
	"renewed device":    vectors.Of(checkRenewedDevice),
	"staple":            vectors.Of(checkStaple),
	"offer":             vectors.Of(checkOffer),
	"qr text":           vectors.Of(checkQRText),
	"frame":             vectors.Of(checkFrame),
	"verdict":           vectors.Of(checkVerdict),
	"nkey":              vectors.Of(checkNkey),
	"connect token":     vectors.Of(checkConnectToken),
	"renewal":           vectors.Of(checkRenewal),
	"call ticket":       vectors.Of(checkCallTicket),
	"prepared":          vectors.Of(checkPrepared),
	"message":           vectors.Of(checkMessage),
	"acknowledgement":   vectors.Of(checkAcknowledgement),
	"report":            vectors.Of(checkReport),
	"ticket":            vectors.Of(checkTicket),
	"ticket key":        vectors.Of(checkTicketKey),
	"enrolment":         vectors.Of(checkEnrolment),
}

// forged gives an error the name that it has towards people, unless it has one.
func forged(err error) error { return named(err, ending.Forged) }

func named(err error, reason ending.Reason) error {
	if err == nil || ending.Of(err, "") != "" {
		return err
	}
	return ending.Because(reason, err.Error())
}

// sized copies bytes of a fixed size out of a vector.
func sized[A [8]byte | [16]byte | [32]byte](b Hex) (A, error) {
	var a A
	if len(b) != len(a) {
		return a, ending.Because(ending.Forged, "bytes of another length")
	}
	return A(b), nil
}

type hashInput struct {
	Label string `json:"label"`
	Parts []Hex  `json:"parts"`
}

type hashOutput struct {
	Hash Hex `json:"hash"`
}

func checkHash(in hashInput) (hashOutput, error) {
	var parts [][]byte
	for _, p := range in.Parts {
		parts = append(parts, p)
	}
	h := wire.H(in.Label, parts...)
	return hashOutput{h[:]}, nil
}

type scalarInput struct {
	Scalar Hex `json:"scalar"`
}

type pointOutput struct {
	Point Hex `json:"point"`
	KeyID Hex `json:"key_id"`
}

func checkSigningKey(in scalarInput) (pointOutput, error) {
	key, err := ecdsa.ParseRawPrivateKey(p256, in.Scalar)
	if err != nil {
		return pointOutput{}, err
	}
	point := wire.Point(&key.PublicKey)
	if again, err := wire.ParsePoint(point); err != nil || !again.Equal(&key.PublicKey) {
		return pointOutput{}, errors.New("the point does not name its key")
	}
	id := wire.KeyID(point)
	return pointOutput{point, id[:]}, nil
}

type seedInput struct {
	Seed Hex `json:"seed"`
}

type publicOutput struct {
	Public Hex `json:"public"`
}

func checkHPKEKey(in seedInput) (publicOutput, error) {
	key, err := hpke.MLKEM768X25519().NewPrivateKey(in.Seed)
	if err != nil {
		return publicOutput{}, err
	}
	return publicOutput{key.PublicKey().Bytes()}, nil
}

type signatureInput struct {
	Label  string `json:"label"`
	Point  Hex    `json:"point"`
	Object Hex    `json:"object"`
}

type payloadOutput struct {
	Payload Hex `json:"payload"`
}

func checkSignature(in signatureInput) (payloadOutput, error) {
	key, err := wire.ParsePoint(in.Point)
	if err != nil {
		return payloadOutput{}, forged(err)
	}
	payload, err := wire.Verify(in.Label, key, in.Object, wire.MaxObject)
	return payloadOutput{payload}, forged(err)
}

type oidInput struct {
	OID Hex `json:"oid"`
}

type codeOutput struct {
	Code  string `json:"code"`
	Shown string `json:"shown"`
}

func checkSpokenCode(in oidInput) (codeOutput, error) {
	oid, err := sized[[32]byte](in.OID)
	code := offer.Code(oid)
	return codeOutput{code, offer.Groups(code)}, err
}

type typedInput struct {
	Typed string `json:"typed"`
}

type typedCodeOutput struct {
	Code string `json:"code"`
}

func checkTypedCode(in typedInput) (typedCodeOutput, error) {
	code, err := offer.ParseCode(in.Typed)
	return typedCodeOutput{code}, err
}

type numberInput struct {
	Region string `json:"region"`
	Typed  string `json:"typed"`
}

type numberOutput struct {
	Number string `json:"number"`
	Line   string `json:"line"`
}

func checkTypedNumber(in numberInput) (numberOutput, error) {
	number, err := trust.ReadNumber(in.Typed, in.Region)
	if err != nil {
		return numberOutput{}, ending.Wrap(ending.NotACode, err)
	}
	return numberOutput{number.E164, trust.LineOf(number.E164)}, nil
}

type nameOutput struct {
	Name string `json:"name"`
}

func checkTypedName(in typedInput) (nameOutput, error) {
	name := trust.NormaliseName(in.Typed)
	return nameOutput{name}, forged(trust.CheckName(name))
}

type nameInput struct {
	Name string `json:"name"`
}

func checkName(in nameInput) (nameOutput, error) {
	return nameOutput(in), forged(trust.CheckName(in.Name))
}

type namesInput struct {
	First  string `json:"first"`
	Second string `json:"second"`
}

type confusableOutput struct {
	Confusable bool `json:"confusable"`
}

func checkConfusableNames(in namesInput) (confusableOutput, error) {
	return confusableOutput{trust.Confusable(in.First, in.Second)}, nil
}

type wordsInput struct {
	RootsHash Hex    `json:"roots_hash"`
	Typed     string `json:"typed"`
}

type wordsOutput struct {
	Words []string `json:"words"`
}

func checkTypedWords(in wordsInput) (wordsOutput, error) {
	hash, err := sized[[32]byte](in.RootsHash)
	if err != nil {
		return wordsOutput{}, err
	}
	return wordsOutput{enrol.Words(hash)}, enrol.CheckWords(in.Typed, hash)
}

type referenceInput struct {
	CallID    Hex `json:"call_id"`
	Pseudonym Hex `json:"pseudonym"`
}

type referenceOutput struct {
	Reference Hex `json:"reference"`
}

func checkReference(in referenceInput) (referenceOutput, error) {
	callID, err := sized[[16]byte](in.CallID)
	if err != nil {
		return referenceOutput{}, err
	}
	pseudonym, err := sized[[16]byte](in.Pseudonym)
	ref := offer.RefHash(callID, pseudonym)
	return referenceOutput{ref[:]}, err
}

type commitmentInput struct {
	CallID Hex `json:"call_id"`
	NonceA Hex `json:"nonce_a"`
}

type commitmentOutput struct {
	CA Hex `json:"ca"`
}

func checkCommitment(in commitmentInput) (commitmentOutput, error) {
	callID, err := sized[[16]byte](in.CallID)
	if err != nil {
		return commitmentOutput{}, err
	}
	nonce, err := sized[[32]byte](in.NonceA)
	ca := offer.Commitment(callID, nonce)
	return commitmentOutput{ca[:]}, err
}

type offerKeysInput struct {
	Bank Hex `json:"bank_id"`
	PKA  Hex `json:"pk_a"`
	CA   Hex `json:"ca"`
}

type offerKeysOutput struct {
	Keys Hex `json:"keys"`
}

func (in offerKeysInput) keys() (offer.Keys, error) {
	bank, errBank := sized[[16]byte](in.Bank)
	ca, err := sized[[32]byte](in.CA)
	return offer.Keys{Bank: bank, PKA: in.PKA, CA: ca}, errors.Join(errBank, err)
}

func checkOfferKeys(in offerKeysInput) (offerKeysOutput, error) {
	keys, err := in.keys()
	h := keys.Hash()
	return offerKeysOutput{h[:]}, err
}

type pseudonymInput struct {
	Pseudonym Hex `json:"pseudonym"`
}

func checkCustomerHash(in pseudonymInput) (hashOutput, error) {
	pseudonym, err := sized[[16]byte](in.Pseudonym)
	h := relay.CustomerHash(pseudonym)
	return hashOutput{h[:]}, err
}

type firstBundleInput struct {
	Signed    Hex   `json:"signed"`
	RootsHash Hex   `json:"roots_hash"`
	Now       int64 `json:"now"`
}

type bundleOutput struct {
	BankID    Hex    `json:"bank_id"`
	Name      string `json:"name"`
	Version   uint64 `json:"version"`
	Hash      Hex    `json:"hash"`
	RootsHash Hex    `json:"roots_hash"`
}

func bundleOut(b *trust.Bundle) bundleOutput {
	hash, roots := b.Hash(), trust.RootsHash(b.Roots, int(b.Threshold))
	return bundleOutput{b.BankID[:], b.Name, b.Version, hash[:], roots[:]}
}

func checkFirstBundle(in firstBundleInput) (bundleOutput, error) {
	roots, err := sized[[32]byte](in.RootsHash)
	if err != nil {
		return bundleOutput{}, err
	}
	b, err := trust.First(in.Signed, roots)
	if err != nil {
		return bundleOutput{}, forged(err)
	}
	return bundleOut(b), expired(b, in.Now)
}

type lineageInput struct {
	Lineage   []Hex `json:"lineage"`
	RootsHash Hex   `json:"roots_hash"` // that the ticket's proof or the typed words vouch for
	Now       int64 `json:"now"`
}

func checkLineage(in lineageInput) (bundleOutput, error) {
	roots, err := sized[[32]byte](in.RootsHash)
	if err != nil {
		return bundleOutput{}, err
	}
	newest, err := trust.OpenLineage(plain(in.Lineage), roots)
	if err != nil {
		return bundleOutput{}, forged(err)
	}
	return bundleOut(newest), expired(newest, in.Now)
}

type pinnedLineageInput struct {
	Anchor    anchor `json:"anchor"`
	Lineage   []Hex  `json:"lineage"`
	RootsHash Hex    `json:"roots_hash"`
	Now       int64  `json:"now"`
}

func checkPinnedLineage(in pinnedLineageInput) (bundleOutput, error) {
	out, err := checkLineage(lineageInput{in.Lineage, in.RootsHash, in.Now})
	if err != nil {
		return out, err
	}
	a, err := in.Anchor.trust()
	if err != nil {
		return out, err
	}
	return out, forged(a.Reaches(plain(in.Lineage)))
}

func expired(b *trust.Bundle, now int64) error {
	if b.Expired(time.Unix(now, 0)) {
		return ending.Because(ending.Expired, "the bundle")
	}
	return nil
}

type anchor struct {
	Name      string `json:"name"`   // what people are shown of the bank
	Domain    string `json:"domain"` // the same
	BankID    Hex    `json:"bank_id"`
	Roots     []Hex  `json:"roots"`
	Threshold int    `json:"threshold"`
	Version   uint64 `json:"version"`
	Hash      Hex    `json:"hash"`
}

func (a anchor) trust() (trust.Anchor, error) {
	id, errID := sized[[16]byte](a.BankID)
	hash, errHash := sized[[32]byte](a.Hash)
	out := trust.Anchor{BankID: id, Threshold: a.Threshold, Version: a.Version, Hash: hash}
	for _, root := range a.Roots {
		out.Roots = append(out.Roots, root)
	}
	return out, errors.Join(errID, errHash)
}

type pinnedBundleInput struct {
	Anchor anchor `json:"anchor"`
	Signed Hex    `json:"signed"`
}

func (in pinnedBundleInput) open() (*trust.Bundle, error) {
	a, err := in.Anchor.trust()
	if err != nil {
		return nil, err
	}
	b, err := a.Open(in.Signed)
	return b, forged(err)
}

func checkPinnedBundle(in pinnedBundleInput) (bundleOutput, error) {
	b, err := in.open()
	if err != nil {
		return bundleOutput{}, err
	}
	return bundleOut(b), nil
}

type bundleChainInput struct {
	Anchor anchor `json:"anchor"`
	Signed Hex    `json:"signed"`
	Chain  []Hex  `json:"chain"`
	Now    int64  `json:"now"`
}

func checkBundleChain(in bundleChainInput) (bundleOutput, error) {
	pinned, err := pinnedBundleInput{in.Anchor, in.Signed}.open()
	if err != nil {
		return bundleOutput{}, err
	}
	newest, err := pinned.Follow(plain(in.Chain))
	if err != nil {
		return bundleOutput{}, forged(err)
	}
	return bundleOut(newest), expired(newest, in.Now)
}

func plain(all []Hex) [][]byte {
	var out [][]byte
	for _, one := range all {
		out = append(out, one)
	}
	return out
}

// byBundleInput is an object that a key of the bundle signed. The bundle is
// one that was accepted before.
type byBundleInput struct {
	Bundle Hex `json:"bundle"`
	Signed Hex `json:"signed"`
}

func accepted(signed Hex) (*trust.Bundle, error) {
	b, err := trust.SelfSigned(signed)
	return b, forged(err)
}

type contentOutput struct {
	BankID   Hex                 `json:"bank_id"`
	Version  uint64              `json:"version"`
	KeyID    Hex                 `json:"key_id"`
	IssuedAt int64               `json:"issued_at"`
	Purposes []purposeOutput     `json:"purposes"`
	NeverAsk map[string][]string `json:"never_ask"`
}

type purposeOutput struct {
	Purpose   string            `json:"purpose"`
	Sentences map[string]string `json:"sentences"`
}

func checkContent(in byBundleInput) (contentOutput, error) {
	b, err := accepted(in.Bundle)
	if err != nil {
		return contentOutput{}, err
	}
	c, err := b.Content(in.Signed)
	if err != nil {
		return contentOutput{}, forged(err)
	}
	out := contentOutput{BankID: c.BankID[:], Version: c.Version, KeyID: c.Key[:], IssuedAt: c.IssuedAt, NeverAsk: c.NeverAsk}
	for _, p := range c.Purposes {
		out.Purposes = append(out.Purposes, purposeOutput{p.Purpose.String(), p.Sentences})
	}
	return out, nil
}

type agentOutput struct {
	IssuerID   Hex      `json:"issuer_id"`
	AgentID    uint64   `json:"agent_number"`
	Name       string   `json:"name"`
	Role       string   `json:"role"`
	Department string   `json:"department"`
	NotBefore  int64    `json:"not_before"`
	Expiry     int64    `json:"expiry"`
	ID         Hex      `json:"credential_id"`
	Point      Hex      `json:"point"`
	Purposes   []string `json:"purposes"`
	Hash       Hex      `json:"hash"`
}

func checkAgentCredential(in byBundleInput) (agentOutput, error) {
	b, err := accepted(in.Bundle)
	if err != nil {
		return agentOutput{}, err
	}
	c, err := b.Credential(in.Signed)
	if err != nil {
		return agentOutput{}, forged(err)
	}
	hash := c.Hash()
	out := agentOutput{
		IssuerID: c.Issuer[:], AgentID: c.AgentID, Name: c.Name, Role: c.Role, Department: c.Department,
		NotBefore: c.NotBefore, Expiry: c.Expiry, ID: c.ID[:], Point: c.Public, Hash: hash[:],
	}
	for _, p := range c.Purposes {
		out.Purposes = append(out.Purposes, p.String())
	}
	return out, nil
}

type deviceOutput struct {
	IssuerID  Hex      `json:"issuer_id"`
	ID        Hex      `json:"credential_id"`
	Pseudonym Hex      `json:"pseudonym"`
	Point     Hex      `json:"point"`
	NotBefore int64    `json:"not_before"`
	Expiry    int64    `json:"expiry"`
	Lines     []string `json:"lines"`
	Enrolled  int64    `json:"enrolled"`
}

func checkDeviceCredential(in byBundleInput) (deviceOutput, error) {
	b, err := accepted(in.Bundle)
	if err != nil {
		return deviceOutput{}, err
	}
	d, err := b.Device(in.Signed)
	if err != nil {
		return deviceOutput{}, forged(err)
	}
	return deviceOf(d), nil
}

func deviceOf(d *trust.Device) deviceOutput {
	return deviceOutput{d.Issuer[:], d.ID[:], d.Pseudonym[:], d.Public, d.NotBefore, d.Expiry, d.Lines, d.Enrolled}
}

type renewedInput struct {
	Bundle Hex   `json:"bundle"`
	Own    Hex   `json:"own"` // the device credential that was held when asking
	Signed Hex   `json:"signed"`
	Asked  int64 `json:"asked"`
}

func checkRenewedDevice(in renewedInput) (deviceOutput, error) {
	b, err := accepted(in.Bundle)
	if err != nil {
		return deviceOutput{}, err
	}
	own, err := b.Device(in.Own)
	if err != nil {
		return deviceOutput{}, forged(err)
	}
	d, err := own.Renewed(b, in.Signed, in.Asked)
	if err != nil {
		return deviceOutput{}, forged(err)
	}
	return deviceOf(d), nil
}

type stapleInput struct {
	Bundle     Hex   `json:"bundle"`
	Signed     Hex   `json:"signed"`
	Credential Hex   `json:"credential_id"`
	Now        int64 `json:"now"`
}

type stapleOutput struct {
	IssuedAt int64 `json:"issued_at"`
}

func checkStaple(in stapleInput) (stapleOutput, error) {
	b, err := accepted(in.Bundle)
	if err != nil {
		return stapleOutput{}, err
	}
	id, err := sized[[16]byte](in.Credential)
	if err != nil {
		return stapleOutput{}, err
	}
	if reason := verdict.Staple(b, in.Signed, id, time.Unix(in.Now, 0)); reason != "" {
		return stapleOutput{}, ending.Because(reason, "")
	}
	s, err := b.Staple(in.Signed)
	if err != nil {
		return stapleOutput{}, forged(err)
	}
	return stapleOutput{s.IssuedAt}, nil
}

type offerInput struct {
	Agent  Hex `json:"agent_point"`
	Signed Hex `json:"signed"`
}

type offerOutput struct {
	Credential Hex    `json:"credential_hash"`
	CallID     Hex    `json:"call_id"`
	Start      int64  `json:"start"`
	Expiry     int64  `json:"expiry"`
	Direction  string `json:"direction"`
	Purpose    string `json:"purpose"`
	Line       string `json:"line"`
	Reference  Hex    `json:"reference"`
	Suite      uint8  `json:"suite"`
	Keys       Hex    `json:"keys"`
	OID        Hex    `json:"oid"`
	Code       string `json:"code"`
}

func offerOut(c offer.Core) offerOutput {
	oid := c.ID()
	return offerOutput{
		Credential: c.Credential[:], CallID: c.CallID[:], Start: c.Start, Expiry: c.Expiry(), Direction: c.Direction.String(),
		Purpose: c.Purpose.String(), Line: c.Line, Reference: c.Ref, Suite: c.Suite, Keys: c.Keys[:], OID: oid[:], Code: offer.Code(oid),
	}
}

func checkOffer(in offerInput) (offerOutput, error) {
	key, err := wire.ParsePoint(in.Agent)
	if err != nil {
		return offerOutput{}, forged(err)
	}
	core, err := offer.Open(in.Signed, key)
	if err != nil {
		return offerOutput{}, forged(err)
	}
	return offerOut(core), nil
}

type textInput struct {
	Text string `json:"text"`
}

type textOutput struct {
	Signed     Hex `json:"signed"`
	Credential Hex `json:"credential"`
}

func checkQRText(in textInput) (textOutput, error) {
	f, err := offer.ParseText(in.Text)
	return textOutput{f.Signed, f.Credential}, err
}

type frameInput struct {
	Agent Hex    `json:"agent_point"`
	Text  string `json:"text"`
}

type frameOutput struct {
	OID        Hex   `json:"oid"`
	Time       int64 `json:"frame_time"`
	Credential Hex   `json:"credential"`
}

func checkFrame(in frameInput) (frameOutput, error) {
	key, err := wire.ParsePoint(in.Agent)
	if err != nil {
		return frameOutput{}, forged(err)
	}
	f, err := offer.ParseText(in.Text)
	if err != nil {
		return frameOutput{}, err
	}
	core, at, err := f.Verify(key)
	if err != nil {
		return frameOutput{}, forged(err)
	}
	oid := core.ID()
	return frameOutput{oid[:], at.Unix(), f.Credential}, nil
}

type verdictInput struct {
	Now       int64         `json:"now"`
	Program   string        `json:"program_version"`
	Code      string        `json:"code,omitempty"`    // typed, or
	Text      string        `json:"qr_text,omitempty"` // scanned
	How       offer.How     `json:"how"`
	Dialled   string        `json:"dialled"`
	Anchor    *anchor       `json:"anchor,omitempty"`
	Bundle    Hex           `json:"bundle"`
	Content   Hex           `json:"content"`
	Served    *served       `json:"served,omitempty"`
	Refused   ending.Reason `json:"refused,omitempty"`
	Offline   bool          `json:"offline,omitempty"`
	Helped    bool          `json:"helped,omitempty"`
	Own       *own          `json:"own,omitempty"`
	HoldUntil int64         `json:"hold_until,omitempty"`
	Others    []other       `json:"others,omitempty"`
	Taken     []other       `json:"taken,omitempty"`
	Claimed   []other       `json:"claimed,omitempty"`
}

// other is a name and domain that people are shown of a bank, or are not.
type other struct {
	Name   string `json:"name"`
	Domain string `json:"domain"`
}

func namings(list []other) (names []verdict.Naming) {
	for _, o := range list {
		names = append(names, verdict.Naming{Name: o.Name, Domain: o.Domain})
	}
	return names
}

type served struct {
	Core          Hex    `json:"core"`
	Credential    Hex    `json:"credential"`
	PKA           Hex    `json:"pk_a"`
	CA            Hex    `json:"ca"`
	Staple        Hex    `json:"staple"`
	BundleVersion uint64 `json:"bundle_version"`
	BundleHash    Hex    `json:"bundle_hash"`
	Bundles       []Hex  `json:"bundles,omitempty"`
	Content       Hex    `json:"content,omitempty"`
}

func (s served) verdict() (*verdict.Served, error) {
	ca, errKeys := sized[[32]byte](s.CA)
	hash, errHash := sized[[32]byte](s.BundleHash)
	return &verdict.Served{
		Core: s.Core, Credential: s.Credential, Keys: offer.Keys{PKA: s.PKA, CA: ca}, Staple: s.Staple,
		BundleVersion: s.BundleVersion, BundleHash: hash, Bundles: plain(s.Bundles), Content: s.Content,
	}, errors.Join(errKeys, errHash)
}

type own struct {
	Credential Hex           `json:"credential"`
	Renewal    ending.Reason `json:"renewal,omitempty"` // why no fresh one came when it was asked for
}

type verdictOutput struct {
	Result     string          `json:"result"`
	Reasons    []ending.Reason `json:"reasons"`
	OID        Hex             `json:"oid"`
	FrameTime  int64           `json:"frame_time"`
	Name       string          `json:"name"`
	Role       string          `json:"role"`
	Department string          `json:"department"`
	Bank       string          `json:"bank"`
	Domain     string          `json:"domain"`
	Purpose    string          `json:"purpose"`
	Direction  string          `json:"direction"`
	Bundle     uint64          `json:"bundle_version"`
	Content    uint64          `json:"content_version"`
	Reply      bool            `json:"reply"`
	Report     ending.Reason   `json:"report"`
	Renew      bool            `json:"renew"` // a fresh own credential is to be asked for
}

func checkVerdict(in verdictInput) (verdictOutput, error) {
	judged, err := in.verdict()
	if err != nil {
		return verdictOutput{}, err
	}
	o := verdict.Check(judged)
	shown := o.Shown()
	out := verdictOutput{
		Result: o.Result.String(), Reasons: append([]ending.Reason{}, o.Reasons...), OID: o.OID[:], FrameTime: o.FrameTime,
		Name: shown.Name, Role: shown.Role, Department: shown.Department, Bank: shown.Bank.Name, Domain: shown.Bank.Domain,
		Purpose: shown.Purpose.String(), Direction: shown.Direction.String(), Reply: o.Reply, Report: o.Report, Renew: o.Renew,
	}
	if o.Bundle != nil {
		out.Bundle = o.Bundle.Version
	}
	if o.Content != nil {
		out.Content = o.Content.Version
	}
	return out, nil
}

func (in verdictInput) verdict() (out verdict.Input, err error) {
	out = verdict.Input{
		Now: time.Unix(in.Now, 0), ProgramVersion: in.Program, Entry: offer.ByCode, Answers: offer.Answers{How: in.How, Dialled: in.Dialled},
		Bank: verdict.Bank{Bundle: in.Bundle, Content: in.Content}, Refused: in.Refused, Offline: in.Offline, Helped: in.Helped,
	}
	out.Bank.Others, out.Bank.Taken, out.Bank.Claimed = namings(in.Others), namings(in.Taken), namings(in.Claimed)
	if in.HoldUntil > 0 {
		out.HoldUntil = time.Unix(in.HoldUntil, 0)
	}
	if in.Text != "" && in.Code != "" {
		return out, ending.Because(ending.NotACode, "a code or a QR code, not both")
	}
	if in.Text != "" {
		frame, err := offer.ParseText(in.Text)
		if err != nil {
			return out, err
		}
		if _, _, err := frame.Claims(); err != nil {
			return out, err
		}
		out.Entry, out.Frame = offer.ByQR, &frame
	} else if out.Code, err = offer.ParseCode(in.Code); err != nil {
		return out, err
	}
	if in.Anchor != nil {
		a, err := in.Anchor.trust()
		if err != nil {
			return out, err
		}
		out.Bank.Anchor, out.Bank.Naming = &a, verdict.Naming{Name: in.Anchor.Name, Domain: in.Anchor.Domain}
	}
	if in.Own != nil {
		out.Own = &verdict.Own{Credential: in.Own.Credential, Renewal: in.Own.Renewal}
	}
	if in.Served != nil {
		out.Served, err = in.Served.verdict()
	}
	return out, err
}

type nkeyInput struct {
	Seed  Hex    `json:"seed"`
	Nonce string `json:"nonce"`
}

type nkeyOutput struct {
	Nkey   string `json:"nkey"`
	Sig    string `json:"sig"`
	Pushes string `json:"pushes"`
}

// checkNkey signs as the NATS client does it in CONNECT.
func checkNkey(in nkeyInput) (nkeyOutput, error) {
	key, err := nkeys.FromRawSeed(nkeys.PrefixByteUser, in.Seed)
	if err != nil {
		return nkeyOutput{}, err
	}
	nkey, errKey := key.PublicKey()
	sig, err := key.Sign([]byte(in.Nonce))
	return nkeyOutput{nkey, base64.RawURLEncoding.EncodeToString(sig), relay.PushSubject(nkey)}, errors.Join(errKey, err)
}

type connectInput struct {
	Agent Hex    `json:"agent_point"`
	Token string `json:"token"`
}

type connectOutput struct {
	AgentID uint64 `json:"agent_number"`
	Nkey    string `json:"nkey"`
	Time    int64  `json:"time"`
	KeyHash Hex    `json:"tls_key_hash"`
}

func checkConnectToken(in connectInput) (connectOutput, error) {
	key, err := wire.ParsePoint(in.Agent)
	if err != nil {
		return connectOutput{}, forged(err)
	}
	c, err := relay.OpenConnect(in.Token, key)
	return connectOutput{c.AgentID, c.Nkey, c.Time, c.KeyHash[:]}, forged(err)
}

type renewalInput struct {
	Device Hex `json:"device_point"`
	Signed Hex `json:"signed"`
}

type renewalOutput struct {
	Device Hex    `json:"device_id"`
	Nkey   string `json:"nkey"`
	Time   int64  `json:"time"`
}

func checkRenewal(in renewalInput) (renewalOutput, error) {
	key, err := wire.ParsePoint(in.Device)
	if err != nil {
		return renewalOutput{}, forged(err)
	}
	r, err := relay.RenewRequest{Renewal: in.Signed}.Open(key)
	return renewalOutput{r.Device[:], r.Nkey, r.Time}, forged(err)
}

type callTicketOutput struct {
	StatusID   Hex    `json:"status_id"`
	OID        Hex    `json:"oid"`
	CallID     Hex    `json:"call_id"`
	AgentID    uint64 `json:"agent_number"`
	Credential Hex    `json:"credential_id"`
	Device     Hex    `json:"device_id"`
	Customer   Hex    `json:"customer_hash"`
	Companion  string `json:"companion"`
	Secure     bool   `json:"secure"`
	IssuedAt   int64  `json:"issued_at"`
	Expiry     int64  `json:"expiry"`
}

func checkCallTicket(in byBundleInput) (callTicketOutput, error) {
	b, err := accepted(in.Bundle)
	if err != nil {
		return callTicketOutput{}, err
	}
	t, err := relay.OpenTicket(in.Signed, b)
	return callTicketOutput{
		t.Status[:], t.OID[:], t.CallID[:], t.AgentID, t.Credential[:], t.Device, t.Customer[:], t.Companion, t.Secure, t.IssuedAt, t.Expiry,
	}, forged(err)
}

type preparedInput struct {
	Bundle    Hex             `json:"bundle"`
	Signed    Hex             `json:"signed"`
	Reference string          `json:"reference"`
	Direction offer.Direction `json:"direction"`
	Number    string          `json:"number"`
	Now       int64           `json:"now"`
}

type preparedOutput struct {
	Pseudonym Hex    `json:"pseudonym"`
	Line      string `json:"line"`
	Enrolled  bool   `json:"enrolled"`
	HoldUntil int64  `json:"hold_until"`
	IssuedAt  int64  `json:"issued_at"`
}

func checkPrepared(in preparedInput) (preparedOutput, error) {
	b, err := accepted(in.Bundle)
	if err != nil {
		return preparedOutput{}, err
	}
	asked := relay.PrepareRequest{Reference: in.Reference, Direction: in.Direction, Number: in.Number}
	p, err := relay.PrepareAnswer{Prepared: in.Signed}.Open(b, asked, time.Unix(in.Now, 0))
	return preparedOutput{p.Pseudonym[:], p.Line, p.Enrolled, p.HoldUntil, p.IssuedAt}, err
}

type messageInput struct {
	Type  string `json:"type"`
	Bytes Hex    `json:"bytes"`
}

type messageOutput struct {
	Diagnostic string `json:"diagnostic"`
}

// messages decodes each type of message and encodes it again.
var messages = map[string]func([]byte) ([]byte, error){
	"Answer":            decoded[relay.Answer],
	"Lookup":            decoded[relay.LookupRequest],
	"Lookup answer":     decoded[relay.LookupAnswer],
	"Up":                decoded[relay.Up],
	"Down":              decoded[relay.Down],
	"Push":              decoded[relay.Push],
	"Report":            decoded[relay.ReportRequest],
	"Renew":             decoded[relay.RenewRequest],
	"Renew answer":      decoded[relay.RenewAnswer],
	"Enrol":             decoded[relay.EnrolRequest],
	"Credential":        decoded[relay.CredentialRequest],
	"Credential answer": decoded[relay.CredentialAnswer],
	"Prepare":           decoded[relay.PrepareRequest],
	"Prepare answer":    decoded[relay.PrepareAnswer],
	"Create":            decoded[relay.CreateRequest],
	"Admit":             decoded[relay.AdmitRequest],
	"Admit answer":      decoded[relay.AdmitAnswer],
	"Secure":            decoded[relay.SecureRequest],
	"Secure answer":     decoded[relay.SecureAnswer],
	"End":               decoded[relay.EndRequest],
	"Hello":             decoded[relay.EnrolHelloRequest],
	"Hello answer":      decoded[relay.EnrolHelloAnswer],
	"Prove":             decoded[relay.EnrolProveRequest],
	"Prove answer":      decoded[relay.EnrolProveAnswer],
	"Bundle answer":     decoded[relay.EnrolBundleAnswer],
	"Clock answer":      decoded[relay.EnrolClockAnswer],
}

func decoded[T any](data []byte) ([]byte, error) {
	m, err := relay.Decode[T](data)
	if err != nil {
		return nil, err
	}
	return wire.Marshal(m), nil
}

func checkMessage(in messageInput) (messageOutput, error) {
	decode, known := messages[in.Type]
	if !known {
		return messageOutput{}, errors.New("no such type of message")
	}
	again, err := decode(in.Bytes)
	if err != nil {
		return messageOutput{}, named(err, ending.Unsupported)
	}
	if !slices.Equal(again, in.Bytes) {
		return messageOutput{}, errors.New("encoded again it is another message")
	}
	diagnostic, err := cbor.Diagnose(again)
	return messageOutput{diagnostic}, err
}

type receivedInput struct {
	Received uint64 `json:"received"`
}

type ackOutput struct {
	Ack Hex `json:"ack"`
}

// checkAcknowledgement also plays it to a sender: only the acknowledgement of
// the record on its way sends the next one.
func checkAcknowledgement(in receivedInput) (ackOutput, error) {
	ack := call.EncodeAck(in.Received)
	var out call.Outbox
	out.Add(in.Received-1, []byte("first"))
	out.Add(in.Received, []byte("second"))
	if next := out.Acknowledged(ack); string(next) != "second" {
		return ackOutput{}, errors.New("it does not acknowledge the last record received")
	}
	if binary.BigEndian.Uint64(ack) != in.Received {
		return ackOutput{}, errors.New("it is not the count")
	}
	return ackOutput{ack}, nil
}

type reportInput struct {
	Seed   Hex `json:"report_seed"`
	Bundle Hex `json:"bundle"`
	OID    Hex `json:"oid"`
	Enc    Hex `json:"enc"`
	CT     Hex `json:"ciphertext"`
}

type reportOutput struct {
	Reason ending.Reason `json:"reason"`
	Time   int64         `json:"time"`
	Device Hex           `json:"device_id"`
}

func checkReport(in reportInput) (reportOutput, error) {
	b, err := accepted(in.Bundle)
	if err != nil {
		return reportOutput{}, err
	}
	key, err := hpke.MLKEM768X25519().NewPrivateKey(in.Seed)
	if err != nil {
		return reportOutput{}, err
	}
	oid, err := sized[[32]byte](in.OID)
	if err != nil {
		return reportOutput{}, err
	}
	r, err := report.Open(key, oid, in.Enc, in.CT)
	if err != nil {
		return reportOutput{}, err
	}
	device, err := b.Device(r.Credential)
	if err != nil {
		return reportOutput{}, forged(err)
	}
	return reportOutput{r.Reason, r.Time.Unix(), device.ID[:]}, r.VerifyBy(device.Key())
}

type ticketOutput struct {
	Address string `json:"address"`
	Name    string `json:"name"`
	Secret  string `json:"secret"`
	Printed string `json:"printed"`
}

func checkTicket(in typedInput) (ticketOutput, error) {
	t, err := enrol.ParseTicket(in.Typed)
	if err != nil {
		return ticketOutput{}, err
	}
	return ticketOutput{t.Addr, t.Name, t.Secret, t.String()}, nil
}

type ticketKeyInput struct {
	Name   string `json:"name"`
	Secret string `json:"secret"`
}

type ticketKeyOutput struct {
	K      Hex `json:"k"`
	Public Hex `json:"public"`
	MACKey Hex `json:"mac_key"`
}

// checkTicketKey knows the MAC key by what it vouches for: see checkEnrolment.
func checkTicketKey(in ticketKeyInput) (ticketKeyOutput, error) {
	k := enrol.Ticket{Name: in.Name, Secret: in.Secret}.Key()
	keys, err := enrol.KeysOf(k)
	if err != nil {
		return ticketKeyOutput{}, err
	}
	mac, err := hkdf.Expand(sha256.New, k[:], "CP1 ticket mac", 32)
	return ticketKeyOutput{k[:], keys.Public(), mac}, err
}

type enrolmentInput struct {
	K           Hex  `json:"k"`
	Ticket      Hex  `json:"ticket_point"`
	Roots       Hex  `json:"roots_hash"`
	BankID      Hex  `json:"bank_id"`
	Point       Hex  `json:"point"`
	ClientNonce Hex  `json:"client_nonce"`
	ServerNonce Hex  `json:"server_nonce"`
	Agent       bool `json:"agent"`
	Possession  Hex  `json:"possession"`
	ClientProof Hex  `json:"client_proof"`
	ServerProof Hex  `json:"server_proof"`
}

type transcriptOutput struct {
	Transcript Hex `json:"transcript"`
}

// checkEnrolment makes the checks of both ends: the server's of possession and
// secret, by the ticket's public key, then the client's of the server's proof.
func checkEnrolment(in enrolmentInput) (transcriptOutput, error) {
	var values [5][32]byte
	for i, b := range []Hex{in.K, in.Roots, in.ClientNonce, in.ServerNonce, in.ServerProof} {
		v, err := sized[[32]byte](b)
		if err != nil {
			return transcriptOutput{}, err
		}
		values[i] = v
	}
	bankID, err := sized[[16]byte](in.BankID)
	if err != nil {
		return transcriptOutput{}, err
	}
	k, roots, clientNonce, serverNonce, serverProof := values[0], values[1], values[2], values[3], values[4]
	keys, err := enrol.KeysOf(k)
	if err != nil {
		return transcriptOutput{}, err
	}
	point, err := wire.ParsePoint(in.Point)
	if err != nil {
		return transcriptOutput{}, forged(err)
	}
	transcript := enrol.Transcript(roots, bankID, in.Point, clientNonce, serverNonce, in.Agent)
	signed, err := wire.Verify(wire.LabelPossession, point, in.Possession, wire.MaxObject)
	if err != nil || !slices.Equal(signed, transcript[:]) {
		return transcriptOutput{}, ending.Because(ending.Forged, "possession")
	}
	if err := enrol.CheckClientProof(in.Ticket, transcript, in.ClientProof); err != nil {
		return transcriptOutput{}, err
	}
	if !enrol.SameProof(keys.ServerProof(roots, bankID), serverProof) {
		return transcriptOutput{}, ending.Because(ending.Forged, "the server's proof")
	}
	return transcriptOutput{transcript[:]}, nil
}
