// Tests against fixed vectors: another implementation, or a later version of
// this one, must compute exactly these bytes. The read-backs are computed by
// oathtool as well, which shares no code with this program.

package handshake

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/big"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"countersign/session/ending"
	"countersign/session/offer"
)

var update = flag.Bool("update", false, "make new vectors (only when CP1 itself changes)")

const vectorFile = "testdata/vectors.json"

// vector is one handshake. Keys and nonces are given, so that everything below
// them can be computed again; bytes are hexadecimal.
type vector struct {
	Name      string   `json:"name"`
	KEMSeed   string   `json:"kem_seed"` // serialized MLKEM768X25519 private key
	NonceA    string   `json:"nonce_a"`
	CallID    string   `json:"call_id"`
	Device    string   `json:"device_scalar"` // P-256; empty for a guest
	Core      string   `json:"core"`
	OID       string   `json:"oid"`
	KH        string   `json:"kh"`
	Envelope  string   `json:"envelope"`
	NonceC    string   `json:"nonce_c"`
	Th        string   `json:"transcript"`
	Reveal    string   `json:"reveal"`
	Refusal   string   `json:"refusal_frame_stale"`
	PRK       string   `json:"prk"`
	Confirm   string   `json:"confirm"`
	SASKey    string   `json:"sas_key"`
	Readbacks []string `json:"readbacks"` // counters 0 to 4
	KeyA      string   `json:"key_a"`
	IVA       string   `json:"iv_a"`
	KeyC      string   `json:"key_c"`
	IVC       string   `json:"iv_c"`
}

// deviceOf returns the device key of a scalar, nil for "".
func deviceOf(t *testing.T, scalar string) *ecdsa.PrivateKey {
	t.Helper()
	if scalar == "" {
		return nil
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), unhex(t, scalar))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (v vector) keys(t *testing.T) *OfferKeys {
	t.Helper()
	private, err := kem().NewPrivateKey(unhex(t, v.KEMSeed))
	if err != nil {
		t.Fatal(err)
	}
	return &OfferKeys{
		callID: [16]byte(unhex(t, v.CallID)), nA: [32]byte(unhex(t, v.NonceA)),
		private: private, public: private.PublicKey().Bytes(),
	}
}

// compute fills in everything that follows from the given values and the envelope.
func (v vector) compute(t *testing.T) vector {
	t.Helper()
	keys, device := v.keys(t), deviceOf(t, v.Device)
	core, err := offer.DecodeCore(unhex(t, v.Core))
	if err != nil {
		t.Fatal(err)
	}
	oid, kh := core.ID(), keys.KH()
	v.OID, v.KH = hex.EncodeToString(oid[:]), hex.EncodeToString(kh[:])
	refusal, err := open(t, core, keys, unhex(t, v.Envelope), device).Refuse(ending.FrameStale)
	if err != nil {
		t.Fatal(err)
	}
	o := open(t, core, keys, unhex(t, v.Envelope), device)
	v.NonceC, v.Th = hex.EncodeToString(o.Reply.NC[:]), hex.EncodeToString(o.th[:])
	body, s := revealOf(t, o)
	v.Refusal, v.Reveal, v.PRK = hex.EncodeToString(refusal), hex.EncodeToString(body), hex.EncodeToString(s.prk)
	v.Confirm, v.SASKey = hex.EncodeToString(s.Confirm()), hex.EncodeToString(expand(s.prk, labelSAS, secretSize))
	v.Readbacks = nil
	for counter := range uint64(5) {
		v.Readbacks = append(v.Readbacks, s.Readback(counter))
	}
	a, c, err := s.Channel()
	if err != nil {
		t.Fatal(err)
	}
	v.KeyA, v.IVA = hex.EncodeToString(a.Key[:]), hex.EncodeToString(a.IV[:])
	v.KeyC, v.IVC = hex.EncodeToString(c.Key[:]), hex.EncodeToString(c.IV[:])
	return v
}

func TestVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			got, err := json.Marshal(v.compute(t))
			if err != nil {
				t.Fatal(err)
			}
			want, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestReadbacksAgreeWithOathtool(t *testing.T) {
	if _, err := exec.LookPath("oathtool"); err != nil {
		t.Fatal("this test needs oathtool: install the package oathtool")
	}
	for _, v := range readVectors(t) {
		for counter, want := range v.Readbacks {
			out, err := exec.Command("oathtool", "--totp=SHA256", "-d6", "-N", "@"+strconv.Itoa(30*counter), v.SASKey).Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(string(out)); got != want {
				t.Errorf("%s, counter %d: oathtool says %s, the vector %s", v.Name, counter, got, want)
			}
		}
	}
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	data, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("there are no vectors")
	}
	return vectors
}

func writeVectors(t *testing.T) {
	t.Helper()
	fill := func(b byte, n int) string { return strings.Repeat(hex.EncodeToString([]byte{b}), n) }
	vectors := []vector{
		{Name: "enrolled device", KEMSeed: fill(0x11, 32), NonceA: fill(0x22, 32), CallID: fill(0x33, 16), Device: hex.EncodeToString(big.NewInt(0x44).FillBytes(make([]byte, 32)))},
		{Name: "guest", KEMSeed: fill(0x55, 32), NonceA: fill(0x66, 32), CallID: fill(0x77, 16)},
	}
	for i, v := range vectors {
		keys := v.keys(t)
		core := coreOf(keys, keys.callID)
		_, envelope := start(t, core, keys, deviceOf(t, v.Device))
		v.Core, v.Envelope = hex.EncodeToString(core.Encode()), hex.EncodeToString(envelope)
		vectors[i] = v.compute(t)
	}
	data, err := json.MarshalIndent(vectors, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorFile, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
