// This file holds CP1.md to the code: what the specification gives as a vector
// is what the code computes, and what it tells of endings, operations, events,
// limits and times is what the code has. Labels and maps: spec_maps_test.go.

package session_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/assets"
	"countersign/session/bank/limit"
	"countersign/session/computer/qr"
	"countersign/session/protocol/call"
	"countersign/session/protocol/channel"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/handshake"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

func specification(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("protocol/CP1.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// section returns the part of the specification under a heading, up to the
// next heading of the same or a higher level.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, rest, found := strings.Cut(specification(t), "\n"+heading)
	if !found {
		t.Fatalf("CP1.md has no section %q", heading)
	}
	level := strings.Count(strings.Fields(heading)[0], "#")
	end := regexp.MustCompile(fmt.Sprintf(`\n#{1,%d} `, level)).FindStringIndex(rest)
	if end == nil {
		return rest
	}
	return rest[:end[0]]
}

// rows returns the cells of every row of the tables in a text.
func rows(text string) [][]string {
	var rows [][]string
	for line := range strings.Lines(text) {
		inner, isRow := strings.CutPrefix(strings.TrimSpace(line), "|")
		if !isRow || strings.HasPrefix(inner, "---") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(inner, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	return rows
}

// vectorOf reads the first vector of a file of test vectors.
func vectorOf(t *testing.T, file string) (made, input, output map[string]any) {
	t.Helper()
	data, err := os.ReadFile("protocol/testdata/cp1/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Vectors []struct {
			Made   map[string]any `json:"made_with"`
			Input  map[string]any `json:"input"`
			Output map[string]any `json:"output"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(data, &f); err != nil || len(f.Vectors) == 0 {
		t.Fatalf("%s: %v", file, err)
	}
	return f.Vectors[0].Made, f.Vectors[0].Input, f.Vectors[0].Output
}

func TestSpecificationHoldsTheVectors(t *testing.T) {
	spec := section(t, "## 11.")
	want := map[string]string{}
	take := func(values map[string]any, names ...string) {
		for _, name := range names {
			want[name] = fmt.Sprint(values[name])
		}
	}
	made, _, core := vectorOf(t, "offers.json")
	take(made, "ca")
	take(core, "call_id", "keys", "reference", "oid", "code")
	_, given, output := vectorOf(t, "handshakes.json")
	take(given, "kem_seed", "nonce_a")
	take(output, "nonce_c", "transcript", "k0", "prk", "confirm", "sas_key", "key_a", "iv_a", "key_c", "iv_c")
	for counter, digits := range output["read_backs"].([]any) {
		want[fmt.Sprintf("read-back %d", counter)] = fmt.Sprint(digits)
	}
	var counting offer.ID
	for i := range counting {
		counting[i] = byte(i)
	}
	want["spoken code"] = offer.Code(counting)
	want["H"] = fmt.Sprintf("%x", wire.H("CP1 test", []byte("a"), []byte("bc")))
	want["H16"] = fmt.Sprintf("%x", offer.RefHash([16]byte{1}, [16]byte{2}))
	for name, value := range want {
		if !strings.Contains(spec, "`"+value+"`") {
			t.Errorf("CP1.md does not give %s as %s", name, value)
		}
	}
}

func TestSpecificationNamesEveryFileOfVectors(t *testing.T) {
	spec := section(t, "## 11.")
	files, err := os.ReadDir("protocol/testdata/cp1")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".json") && !strings.Contains(spec, "(testdata/cp1/"+f.Name()+")") {
			t.Errorf("CP1.md does not name %s", f.Name())
		}
	}
}

func TestSpecificationNamesEveryOperation(t *testing.T) {
	spec := section(t, "### 5.2")
	for _, op := range relay.Ops() {
		if !strings.Contains(spec, "`"+strings.TrimSuffix(relay.AgentSubject(op, ""), ".")+"`") {
			t.Errorf("CP1.md does not name the operation %s", op)
		}
	}
}

// TestSpecificationTellsEveryEnding: each has one row, with its class, and with
// what the relay and the other side may claim.
func TestSpecificationTellsEveryEnding(t *testing.T) {
	table := map[string][]string{}
	for _, cells := range rows(section(t, "## 10.")) {
		name := strings.Trim(cells[0], "`")
		if name == cells[0] {
			continue // the head
		}
		if !ending.Reason(name).Known() {
			t.Errorf("CP1.md tells of %s, which the code does not know", name)
		}
		if table[name] != nil {
			t.Errorf("CP1.md tells of %s twice", name)
		}
		table[name] = cells[1:]
	}
	for _, r := range ending.All() {
		cells := table[string(r)]
		if len(cells) != 5 {
			t.Errorf("CP1.md has no row for %s", r)
			continue
		}
		if want := []string{classOf(r), claimedByRelay(r), claimedByPeer(r)}; !slices.Equal(cells[:3], want) {
			t.Errorf("%s: class, relay and peer are %q, and %q in the code", r, cells[:3], want)
		}
	}
}

func classOf(r ending.Reason) string {
	switch {
	case r == ending.Completed:
		return "good"
	case r.Amber():
		return "amber"
	case r.LocalFault():
		return "fault"
	}
	return "red"
}

func claimedByRelay(r ending.Reason) string {
	c, _ := call.Customer{Phase: call.Secure}.Step(call.Notice{Reason: r})
	a, _ := call.Agent{Phase: call.Secure}.Step(call.Notice{Reason: r})
	switch r {
	case c.Ending, a.Ending:
		return "yes"
	}
	return "no"
}

func claimedByPeer(r ending.Reason) string {
	ended := call.EndArrived{Reason: r, Complete: true}
	secure, _ := call.Customer{Phase: call.Secure}.Step(ended)
	before, _ := call.Customer{Phase: call.ReadBack}.Step(ended)
	switch {
	case before.Ending == r:
		return "yes"
	case secure.Ending == r:
		return "secure"
	}
	return "no"
}

// TestSpecificationAnswersEveryEvent: every event of a machine stands in its
// table, and every state in its diagram.
func TestSpecificationAnswersEveryEvent(t *testing.T) {
	both := eventsIn(t, "protocol/call/call.go")
	for heading, side := range map[string]struct {
		events []string
		phases []string
	}{
		"### 12.1": {append(slices.Clone(both), eventsIn(t, "protocol/call/customer.go")...), names(call.CustomerPhases())},
		"### 12.2": {append(slices.Clone(both), eventsIn(t, "protocol/call/agent.go")...), names(call.AgentPhases())},
	} {
		spec := section(t, heading)
		for _, event := range side.events {
			if event == "SASOKArrived" && heading == "### 12.2" {
				continue // the agent sends it
			}
			if !strings.Contains(spec, "`"+event+"`") {
				t.Errorf("section %s does not answer %s", heading, event)
			}
		}
		for _, phase := range side.phases {
			state := strings.ReplaceAll(phase, "-", "")
			if !strings.Contains(strings.ToLower(spec), "--> "+state) {
				t.Errorf("section %s does not draw how %s is reached", heading, phase)
			}
		}
	}
}

func names[P call.Phase](phases []P) (names []string) {
	for _, p := range phases {
		names = append(names, string(p))
	}
	return names
}

// eventsIn lists the types of a file that have the method input.
func eventsIn(t *testing.T, path string) (events []string) {
	t.Helper()
	for _, d := range parse(t, path).Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "input" && f.Recv != nil {
			events = append(events, f.Recv.List[0].Type.(*ast.Ident).Name)
		}
	}
	if len(events) == 0 {
		t.Fatalf("%s has no events", path)
	}
	return events
}

func TestSpecificationGivesTheLimits(t *testing.T) {
	l := limit.Default()
	for _, row := range []string{
		"signed object | " + number(wire.MaxObject),
		"QR frame | " + number(wire.MaxFrame),
		"bundle, content | " + number(wire.MaxBundle),
		"message | " + number(wire.MaxMessage),
		"envelope | " + number(handshake.MaxEnvelope),
		"text | " + number(channel.MaxText),
		"record | " + number(channel.MaxText+256),
		"records per key | " + number(channel.MaxRecords),
		"picture of a QR code | " + number(qr.MaxBytes) + " bytes, " + number(qr.MaxPixels) + " pixels, " + number(qr.MaxMemory) + " bytes of memory to decode it",
		fmt.Sprintf("lookups of one connection | %d at once, %d a minute", l.LookupBurst, l.LookupsPerMinute),
		fmt.Sprintf("lookups of one address (IPv4, or an IPv6 network of 64 bits) | %d a minute", l.LookupsPerAddress),
		fmt.Sprintf("lookups together | %d a second", l.LookupsPerSecond),
		fmt.Sprintf("enrolment steps of one address | %d a minute", l.EnrolStepsPerAddress),
		fmt.Sprintf("enrolment steps of one connection | %d a minute", l.EnrolStepsPerConnection),
		fmt.Sprintf("reports of one address | %d a minute", l.ReportsPerAddress),
		fmt.Sprintf("requests of one agent (credential, prepare, create) | %d a minute", l.RequestsPerAgent),
		fmt.Sprintf("messages of one connection | %d at once, %s a minute; what comes faster is read later, none is lost", l.MessageBurst, number(l.MessagesPerMinute)),
		fmt.Sprintf("bytes of one connection | %s at once, %s a second; as messages", number(l.ByteBurst), number(l.BytesPerSecond)),
		fmt.Sprintf("times that one connection asks for what its role may not have | %d: then it is cut off", l.Violations),
		"connections | " + number(l.Connections) + "; a quarter of them is kept for agents and for calls in progress",
		fmt.Sprintf("connections of one address | %d, and at most an eighth of those that are not kept; of an IPv6 network of 48 bits four times as many; agents and calls in progress are not counted", l.ConnectionsPerAddress),
		fmt.Sprintf("connections that one address opens | %d a minute; those of agents are not counted", l.ConnectsPerAddress),
	} {
		if !strings.Contains(section(t, "## 13."), "| "+row+" |") {
			t.Errorf("CP1.md does not say %q", row)
		}
	}
}

func TestSpecificationGivesTheTimes(t *testing.T) {
	for _, row := range []string{
		"patience | " + seconds(call.Patience),
		"patience of a report | " + seconds(call.ReportPatience),
		"expiry | " + seconds(offer.Lifetime) + " from start; then " + seconds(call.ReadbackWindow) + " from the confirmation",
		"frame | " + seconds(offer.FramePeriod),
		"ping | " + seconds(call.PingEvery),
		"quiet | " + seconds(call.QuietAfter),
		"lost | " + seconds(call.Patience) + "; " + seconds(call.LostAfter) + " when secure",
		"refresh | " + seconds(call.RefreshEvery),
		"retransmission | " + seconds(call.RetransmitAfter),
		fmt.Sprintf("wrong read-backs | %d", call.Tries),
		fmt.Sprintf("offer | companion | start - %d <= now <= start + %d", int(trust.Skew.Seconds()), int((offer.Lifetime + trust.Skew).Seconds())),
		fmt.Sprintf("staple | both | -%d <= now - *issued at* <= %d", int(trust.Skew.Seconds()), int(trust.MaxStaple.Seconds())),
		fmt.Sprintf("QR frame | agent, whose clock made it | -%d <= now - *time* <= %d", int(trust.Skew.Seconds()), int(offer.MaxFrameAge.Seconds())),
	} {
		if !strings.Contains(section(t, "## 14."), "| "+row+" |") {
			t.Errorf("CP1.md does not say %q", row)
		}
	}
	for _, words := range []string{
		"claims `" + assets.Version + "`",
		fmt.Sprintf("at most %d hours", int(trust.MaxCredential.Hours())),
		fmt.Sprintf("%d hours after *issued at*", int(relay.TicketLifetime.Hours())),
		fmt.Sprintf("%d base32 characters (RFC 4648): %d name it, %d are the secret", enrol.NameSize+enrol.SecretSize, enrol.NameSize, enrol.SecretSize),
	} {
		if !strings.Contains(strings.Join(strings.Fields(specification(t)), " "), words) {
			t.Errorf("CP1.md does not say %q", words)
		}
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%d s", int(d.Seconds())) }

// number writes 65536 as 65,536.
func number(n int) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
