// This file holds CP1.md to the code: what the specification gives as a vector
// is what the code computes, and every ending and label stands in it.

package session_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"countersign/session/offer"
	"countersign/session/relay"
	"countersign/session/wire"
)

func specification(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("CP1.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSpecificationHoldsTheVectors(t *testing.T) {
	spec := specification(t)
	data, err := os.ReadFile("handshake/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []map[string]any
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, name := range []string{"kem_seed", "nonce_a", "call_id", "oid", "kh", "nonce_c", "transcript", "prk", "confirm", "sas_key"} {
		want[name] = fmt.Sprint(vectors[0][name])
	}
	for i, code := range vectors[0]["readbacks"].([]any) {
		want[fmt.Sprintf("read-back %d", i)] = fmt.Sprint(code)
	}
	var oid offer.ID
	for i := range oid {
		oid[i] = byte(i)
	}
	want["code"] = offer.Code(oid)
	want["H"] = fmt.Sprintf("%x", wire.H("CP1 test", []byte("a"), []byte("bc")))
	want["reference"] = fmt.Sprintf("%x", offer.RefHash([16]byte{1}, [16]byte{2}))
	for name, value := range want {
		if !strings.Contains(spec, "`"+value+"`") {
			t.Errorf("CP1.md does not give %s as %s", name, value)
		}
	}
}

func TestSpecificationNamesLabelsAndOperations(t *testing.T) {
	spec := specification(t)
	names := []string{
		wire.LabelBundle, wire.LabelContent, wire.LabelCredential, wire.LabelDevice, wire.LabelStatus, wire.LabelOffer, wire.LabelFrame,
		wire.LabelConnect, wire.LabelReply, wire.LabelDecline, wire.LabelReport, wire.LabelTicket, wire.LabelPossession,
		"ending/ending.go",
	}
	for _, op := range relay.Ops() {
		names = append(names, "`cp1.agent."+string(op)+"`")
	}
	for _, name := range names {
		if !strings.Contains(spec, name) {
			t.Errorf("CP1.md does not name %s", name)
		}
	}
}
