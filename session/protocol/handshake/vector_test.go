// Tests against the vectors of CP1: another implementation, or a later version
// of this one, must compute exactly these bytes and refuse exactly these
// inputs. The other vectors are tested in package vectors. The read-backs are
// computed by oathtool as well, which shares no code with this program.

package handshake_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/session/lab/vectors"
	"countersign/session/protocol/channel"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

var checks = map[string]vectors.Check{
	"reply":     vectors.Of(checkReply),
	"reveal":    vectors.Of(checkReveal),
	"refusal":   vectors.Of(checkRefusal),
	"confirm":   vectors.Of(checkConfirm),
	"read-back": vectors.Of(checkReadback),
	"records":   vectors.Of(checkRecords),
}

// checkReply opens, judges and answers an envelope in the agent's order. The
// agent of this vector reveals, confirms for the companion, and derives
// everything that the call will need.
func checkReply(in vectors.ReplyInput) (out vectors.ReplyOutput, err error) {
	core, err := offer.DecodeCore(in.Core)
	if err != nil {
		return out, ending.Wrap(ending.Forged, err)
	}
	bundle, err := trust.SelfSigned(in.Bundle)
	if err != nil {
		return out, ending.Wrap(ending.Forged, err)
	}
	keys, err := handshake.OfferKeysOf(core.CallID, in.Seed, [32]byte(in.NonceA))
	if err != nil {
		return out, err
	}
	opened, err := keys.Open(core, in.Envelope)
	if err != nil {
		return out, err
	}
	r := opened.Reply
	device, reason := verdict.CheckReply(verdict.ReplyInput{
		Now: time.Unix(in.Now, 0), Bundle: bundle, Core: core, Guest: opened.Guest, Declined: opened.Declined != "", Device: opened.Device,
		Answers: r.Answers, Entry: r.Entry, FrameTime: r.FrameTime, Suite: r.Suite,
	})
	if reason != "" {
		return out, ending.Because(reason, "")
	}
	out.Guest, out.Declined = opened.Guest, opened.Declined
	if device != nil {
		if err := opened.VerifyDevice(device.Key()); err != nil {
			return out, err
		}
		out.Device = device.ID[:]
	}
	if opened.Declined != "" {
		return out, nil
	}
	out.NonceC, out.How, out.Dialled, out.Entry, out.FrameTime = bytes.Clone(r.NC[:]), r.Answers.How, r.Answers.Dialled, r.Entry, r.FrameTime
	th, k0 := opened.Derived()
	out.Transcript, out.K0 = th[:], bytes.Clone(k0)
	reveal, secrets, err := opened.Reveal()
	if err != nil {
		return out, err
	}
	out.Reveal, out.Confirm = reveal, secrets.Confirm()
	out.PRK, out.SASKey = derived(secrets)
	for counter := range uint64(5) {
		out.Readbacks = append(out.Readbacks, secrets.Readback(counter))
	}
	a, c, err := secrets.Channel()
	out.KeyA, out.IVA, out.KeyC, out.IVC = a.Key[:], a.IV[:], c.Key[:], c.IV[:]
	return out, err
}

func derived(s *handshake.Secrets) (prk, sasKey vectors.Hex) {
	p, k := s.Derived()
	return p, k
}

func companion(in vectors.AnswerInput) *handshake.Companion {
	return handshake.CompanionOf([16]byte(in.CallID), [32]byte(in.CA), [32]byte(in.Transcript), bytes.Clone(in.K0), [32]byte(in.NonceC))
}

func checkReveal(in vectors.AnswerInput) (out vectors.RevealOutput, err error) {
	secrets, err := companion(in).Reveal(in.Answer)
	if err != nil {
		return out, err
	}
	out.PRK, _ = derived(secrets)
	out.Confirm = secrets.Confirm()
	return out, nil
}

func checkRefusal(in vectors.AnswerInput) (vectors.RefusalOutput, error) {
	reason, err := companion(in).Refusal(in.Answer)
	return vectors.RefusalOutput{Refused: reason}, err
}

func checkConfirm(in vectors.ConfirmInput) (vectors.ConfirmOutput, error) {
	err := handshake.SecretsOf([32]byte(in.Transcript), in.PRK).CheckConfirm(in.Confirm)
	return vectors.ConfirmOutput{Confirmed: err == nil}, err
}

func checkReadback(in vectors.ReadbackInput) (vectors.ReadbackOutput, error) {
	s := handshake.SecretsOf([32]byte{}, in.PRK)
	digits := s.Readback(in.Counter)
	if !s.CheckReadback(in.Counter, digits) || s.CheckReadback(in.Counter+1, digits) {
		return vectors.ReadbackOutput{}, errors.New("the agent's end takes another read-back than the companion shows")
	}
	return vectors.ReadbackOutput{Digits: digits}, nil
}

// checkRecords opens the records at the receiver's end, and seals what was in
// them once more at the sender's: the same bytes must come out.
func checkRecords(in vectors.RecordsInput) (out vectors.RecordsOutput, err error) {
	secrets := handshake.SecretsOf([32]byte{}, in.PRK)
	from, to := channel.FromAgent, channel.FromCompanion
	if in.From == 2 {
		from, to = to, from
	}
	sender, err := channel.New(secrets, [16]byte(in.CallID), in.Slot, from)
	if err != nil {
		return out, err
	}
	receiver, err := channel.New(secrets, [16]byte(in.CallID), in.Slot, to)
	if err != nil {
		return out, err
	}
	for range in.Sent {
		if _, _, err := receiver.Seal(channel.Ping, nil); err != nil {
			return out, err
		}
	}
	for _, record := range in.Records {
		kind, plain, err := receiver.Open(record)
		switch {
		case errors.Is(err, channel.ErrOld):
			continue // seen: acknowledged again and dropped
		case errors.Is(err, channel.ErrGap):
			return out, ending.Wrap(ending.LineLost, err)
		case err != nil:
			return out, err
		}
		if kind == channel.Ended {
			if _, counts, err := channel.DecodeEnded(plain); err != nil || !receiver.Agrees(counts) {
				return out, ending.Because(ending.LineLost, "the counts do not agree")
			}
		}
		if again, _, err := sender.Seal(kind, plain); err != nil || !bytes.Equal(again, record) {
			return out, errors.New("sealed again it is another record")
		}
		out.Opened = append(out.Opened, vectors.Opened{Type: uint8(kind), Plain: append(vectors.Hex{}, plain...)})
	}
	return out, nil
}

func readVectors(t *testing.T) map[string]vectors.File {
	t.Helper()
	files, err := vectors.ReadAll(os.DirFS("../testdata/cp1"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// of lists the vectors of this package's checks, at least one for each.
func of(t *testing.T, files map[string]vectors.File) (out []vectors.Vector) {
	t.Helper()
	found := map[string]bool{}
	for _, f := range files {
		for _, v := range f.Vectors {
			if slices.Contains(vectors.HandshakeChecks, v.Check) {
				found[v.Check] = true
				out = append(out, v)
			}
		}
	}
	for _, name := range vectors.HandshakeChecks {
		if !found[name] || checks[name] == nil {
			t.Fatalf("no vector, or nothing that runs it, for the check %q", name)
		}
	}
	return out
}

func TestVectors(t *testing.T) {
	for _, v := range of(t, readVectors(t)) {
		t.Run(v.Name, func(t *testing.T) {
			if complaint := v.Complaint(checks[v.Check]); complaint != "" {
				t.Error(complaint)
			}
		})
	}
}

func TestInvalidVectors(t *testing.T) {
	files, tried := readVectors(t), 0
	for _, f := range files {
		for _, i := range f.Invalid {
			v, known := vectors.Find(files, i.Of)
			if !known || checks[v.Check] == nil {
				continue // package vectors runs it, or says that it has no vector
			}
			tried++
			t.Run(i.Name, func(t *testing.T) {
				if complaint := i.Complaint(v, checks[v.Check]); complaint != "" {
					t.Error(complaint)
				}
			})
		}
	}
	if tried < 60 {
		t.Errorf("only %d invalid inputs", tried)
	}
}

func TestNoByteOfAVectorChangesUnseen(t *testing.T) {
	for _, v := range of(t, readVectors(t)) {
		t.Run(v.Name, func(t *testing.T) {
			changes, err := vectors.Flips(v)
			if err != nil {
				t.Fatal(err)
			}
			for _, changed := range changes {
				if changed.Complaint(checks[v.Check]) == "" && !mayChange(v, changed.Where) {
					t.Errorf("the same output after a change of %s", changed.Where)
				}
			}
		})
	}
}

// mayChange lists what a check rightly does not look at.
func mayChange(v vectors.Vector, where string) bool {
	switch where {
	case "records.2", "records.3", "records.7":
		return v.Name == "records that arrive again" // a number that was seen is dropped unopened
	case "nonce_c", "call_id", "ca":
		return v.Check == "refusal" // it is bound to the transcript, which is bound to them
	case "nonce_a":
		return strings.HasPrefix(v.Name, "decline") // a decline gets no reveal
	}
	return false
}

func TestReadbacksAgreeWithOathtool(t *testing.T) {
	if _, err := exec.LookPath("oathtool"); err != nil {
		t.Fatal("this test needs oathtool: install the package oathtool")
	}
	for _, v := range of(t, readVectors(t)) {
		if v.Check != "reply" {
			continue
		}
		var out vectors.ReplyOutput
		if err := json.Unmarshal(v.Output, &out); err != nil {
			t.Fatal(err)
		}
		for counter, want := range out.Readbacks {
			said, err := exec.Command("oathtool", "--totp=SHA256", "-d6", "-N", "@"+strconv.Itoa(30*counter), hex.EncodeToString(out.SASKey)).Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.TrimSpace(string(said)); got != want {
				t.Errorf("%s, counter %d: oathtool says %s, the vector %s", v.Name, counter, got, want)
			}
		}
	}
}
