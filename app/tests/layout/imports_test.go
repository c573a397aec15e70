// This file owns the rules of who may import whom: a line for each room of this
// house, from the ground up. A line names what its room may import, all of it
// further down: nothing imports upwards, and no rooms import each other in a
// ring. What a person runs never reaches the bank's end, nor the adversary.

package layout

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// room is a folder, with what is in it, whose imports have one rule.
type room struct {
	folder string
	// may names what it imports beside itself: rooms, or folders of rooms.
	may string
	// order, where there is one, gives the room's parts from the bottom up: a
	// part imports only what stands below it. A new part is given its place here.
	order string
	// alone is set for a single package: its folders are rooms of their own.
	alone bool
}

// house lists rooms from the ground up. Of what is linked, the programs, the
// kiosk and the tools join rooms. Tests join any, and are held to the layers
// only (wrongImport says which).
type house []room

var rooms = house{
	{folder: "assets"},
	{folder: "session/protocol", order: "ending secret spelling wire < trust < offer < enrol handshake relay report verdict < channel < call"},
	{folder: "session/computer", may: "session/protocol", order: "disk remote < qr screenpop < connection vault"},
	{folder: "session/bank", may: "session/protocol session/computer/disk session/computer/qr"},
	{folder: "session", may: "assets session/protocol session/computer", alone: true},
	{folder: "session/training", may: "session/protocol session/computer session/bank session"},
	{folder: "session/lab", may: "session/protocol session/computer session/bank session session/training", order: "formal vectors < adversary < attacks"},
	{folder: "ui", may: "assets session/protocol session/computer session"},
	{folder: "ui/kiosk", may: "assets session/protocol session/computer session session/training ui"},
	{folder: "app/countersign", may: "assets session/protocol session/computer session ui"},
	{folder: "app/countersign-text", may: "assets session/protocol session/computer session ui"},
	{folder: "app/countersignd", may: "assets session/protocol session/computer session/bank"},
	{folder: "app/countersign-kiosk", may: "assets session/protocol session/computer session session/training ui ui/kiosk app/countersign/display"},
	{folder: "app/tools", may: "assets session/protocol session/computer session/bank session session/lab/attacks ui"},
	{folder: "app/tests"},
}

// testsOnly lists what is linked into no program and no tool: only tests play
// the adversary, and only tests read the vectors.
var testsOnly = []string{"session/lab/adversary", "session/lab/vectors"}

func TestImportsGoOneWay(t *testing.T) {
	for _, file := range code(t) {
		report(t, wrongImports(file))
	}
}

func TestEveryPackageHasItsRoom(t *testing.T) {
	for _, file := range code(t) {
		if complaint := rooms.homeless(file.folder()); complaint != "" {
			t.Errorf("%s: %s", file.name, complaint)
		}
	}
}

func TestRoomsStandInOrder(t *testing.T) {
	report(t, rooms.disorder())
}

func TestClientsReachNoServerAndNoAdversary(t *testing.T) {
	all := packages(t, withCgo, "./...")
	for _, p := range all {
		if p.ours() && rooms.isClient(strings.TrimPrefix(p.ImportPath, module)) {
			report(t, wrongReach(all, p.ImportPath, offLimits))
		}
	}
}

func TestSessionAndTextReachNoWindows(t *testing.T) {
	all := packages(t, withCgo, "./...")
	for _, p := range all {
		folder := strings.TrimPrefix(p.ImportPath, module)
		if p.ours() && (within(folder, "session") || within(folder, "ui/text") || within(folder, "app/countersign-text")) {
			report(t, wrongReach(all, p.ImportPath, isFyne))
		}
	}
}

func TestEveryPackageLoadsWithoutCgo(t *testing.T) {
	for _, p := range packages(t, withoutCgo, "./...") {
		if p.Error != nil {
			t.Errorf("%s: %s", p.ImportPath, p.Error.Err)
		}
	}
}

// A breach is planted in files: one import upwards, and a ring of two rooms of
// which each file alone may look right.
func TestRulesOfRoomsFindAPlantedFile(t *testing.T) {
	plant := func(name, imported string) (complaints []string) {
		return wrongImports(parse(t, name, "package p\nimport _ \"countersign/"+imported+"\"\n"))
	}
	if complaints := plant("session/protocol/call/new.go", "session/computer/vault"); len(complaints) != 1 {
		t.Errorf("the protocol imports the computer: %q", complaints)
	}
	if complaints := plant("session/protocol/call/new_test.go", "session/computer/vault"); len(complaints) != 0 {
		t.Errorf("a test joins rooms: %q", complaints)
	}
	for i, one := range rooms {
		for _, other := range rooms[i+1:] {
			down, up := plant(other.folder+"/new.go", one.folder), plant(one.folder+"/new.go", other.folder)
			if len(up) != 1 {
				t.Errorf("%s imports %s, which stands above it, and %s the other way: %q %q", one.folder, other.folder, other.folder, up, down)
			}
		}
	}
}

func TestRulesOfRoomsFindABreach(t *testing.T) {
	for _, breach := range []house{
		{{folder: "a", may: "b"}, {folder: "b"}},                   // upwards
		{{folder: "a", may: "b"}, {folder: "b", may: "a"}},         // a ring
		{{folder: "a", may: "b/part"}, {folder: "b", may: "a"}},    // a ring by way of a folder
		{{folder: "a"}, {folder: "b", may: "c"}},                   // no such room
		{{folder: "a", alone: true}, {folder: "b", may: "a/part"}}, // no such room either
	} {
		if complaints := breach.disorder(); len(complaints) != 1 {
			t.Errorf("%+v: %q", breach, complaints)
		}
	}
	fine := house{{folder: "a", order: "low < high"}, {folder: "a/own", may: "a"}, {folder: "b", may: "a/low"}, {folder: "c", alone: true}}
	if complaints := fine.disorder(); len(complaints) != 0 {
		t.Error(complaints)
	}
	for folder, lives := range map[string]bool{
		"a/low": true, "a/low/lower": true, "a/new": false, "a": false, "a/own": true, "b": true, "b/new": true, "c": true, "c/new": false, "d": false,
	} {
		if (fine.homeless(folder) == "") != lives {
			t.Errorf("%s: %q", folder, fine.homeless(folder))
		}
	}
}

func TestRulesOfImportsFindABreach(t *testing.T) {
	for _, breach := range []struct {
		from, to string
		test     bool
	}{
		{"session/protocol/call", "countersign/ui/text", false},
		{"session/protocol/call", "countersign/app/tools/demo", true},
		{"session", "fyne.io/fyne/v2", false},
		{"session/protocol/wire", "countersign/session/protocol/ending", false},
		{"session/protocol/ending", "countersign/session/protocol/wire", false},
		{"session/protocol/trust", "countersign/session/protocol/offer", false},
		{"session/protocol/wire", "countersign/session/computer/disk", false},
		{"session/protocol/relay", "countersign/session/bank/server", false},
		{"session/protocol/call", "countersign/session", true},
		{"session/computer/vault", "countersign/session/computer/connection", false},
		{"session/computer/disk", "countersign/session/computer/vault", false},
		{"session/computer/connection", "countersign/session", true},
		{"session/computer/connection", "countersign/session/bank/server", false},
		{"session/bank/server", "countersign/session", true},
		{"session/bank/server", "countersign/session/computer/connection", false},
		{"session/bank", "countersign/session/computer/vault", false},
		{"session", "countersign/session/bank", false},
		{"session", "github.com/nats-io/nats-server/v2/server", false},
		{"session", "countersign/session/training", false},
		{"session/bank/server", "countersign/session/training", false},
		{"session/computer/screenpop", "countersign/session", false},
		{"session/computer/remote", "countersign/session/computer/vault", false},
		{"ui/agent", "countersign/session/training", false},
		{"ui/customer", "countersign/session/training", false},
		{"ui/shell", "countersign/ui/kiosk", false},
		{"ui/shell", "countersign/session/bank/directory", false},
		{"app/countersign", "countersign/session/training", false},
		{"app/countersign", "countersign/ui/kiosk", false},
		{"app/countersign-text", "countersign/session/training", false},
		{"app/countersign-text", "countersign/app/countersign/display", false},
		{"ui/kiosk", "fyne.io/fyne/v2/app", false},
		{"ui/text", "countersign/session/lab/adversary", false},
		{"app/countersignd", "countersign/session/lab/adversary", false},
		{"app/countersignd", "countersign/session/lab/attacks", false},
		{"app/tools/demo", "countersign/session/lab/adversary", false},
		{"app/tools/bench", "countersign/session/lab/vectors", false},
		{"session/training", "countersign/session/lab/adversary", false},
		{"session/protocol/call", "countersign/session/lab/vectors", false},
		{"session/lab/attacks", "countersign/session/lab/adversary", false},
		{"ui/text", "fyne.io/fyne/v2/lang", false},
		{"ui/agent", "fyne.io/fyne/v2/app", false},
		{"ui/agent", "countersign/app/tools/demo", false},
		{"assets", "countersign/session/protocol/wire", false},
		{"assets", "fyne.io/fyne/v2", false},
		{"app/countersign-text", "countersign/session/bank/server", false},
		{"app/countersignd", "C", false},
	} {
		if wrongImport(breach.from, breach.to, breach.test) == "" {
			t.Errorf("%s may import %s (test %t)", breach.from, breach.to, breach.test)
		}
	}
	for _, fine := range []struct {
		from, to string
		test     bool
	}{
		{"session/protocol/call", "countersign/session/protocol/wire", false},
		{"session/protocol/verdict/verdicttest", "countersign/session/protocol/verdict", false},
		{"session/computer/vault", "countersign/session/computer/disk", false},
		{"session/bank/server", "countersign/session/bank", false},
		{"session/bank", "countersign/session/bank/ledger", false},
		{"session/bank", "countersign/session/computer/disk", false},
		{"session/bank/server", "github.com/nats-io/nats-server/v2/server", false},
		{"session/computer/connection", "countersign/session/bank/server", true},
		{"session/lab/attacks", "countersign/session/lab/adversary", true},
		{"session/lab/adversary", "countersign/session", false},
		{"session", "countersign/session/computer/connection", false},
		{"ui/text", "countersign/session", false},
		{"session/training", "countersign/session", false},
		{"session/training", "countersign/session/bank/server", false},
		{"ui/kiosk", "countersign/session/training", false},
		{"app/countersign-kiosk", "countersign/ui/kiosk", false},
		{"app/countersign-kiosk", "countersign/app/countersign/display", false},
		{"ui/agent", "fyne.io/fyne/v2/widget", false},
		{"app/countersign", "fyne.io/fyne/v2/app", false},
		{"app/countersignd", "countersign/session/bank/server", false},
		{"app/tools/attacks", "countersign/session/lab/attacks", false},
		{"app/tests/frames", "countersign/session/bank/server", true},
	} {
		if complaint := wrongImport(fine.from, fine.to, fine.test); complaint != "" {
			t.Errorf("%s may not import %s (test %t): %s", fine.from, fine.to, fine.test, complaint)
		}
	}
	for folder, client := range map[string]bool{
		"session": true, "session/protocol/call": true, "ui/agent": true, "app/countersign": true, "app/countersign-text": true,
		"app/countersignd": false, "app/countersign-kiosk": false, "app/tools/demo": false, "session/training": false, "session/bank/gate": false,
	} {
		if rooms.isClient(folder) != client {
			t.Errorf("%s is a client: %t expected", folder, client)
		}
	}

	chain := map[string]linked{
		"countersign/session":             {Imports: []string{"example.org/between"}},
		"example.org/between":             {Imports: []string{"countersign/session/bank/server"}},
		"countersign/session/bank/server": {},
	}
	if len(wrongReach(chain, "countersign/session", offLimits)) != 1 {
		t.Error("a client reaches the server by way of another package and nobody complains")
	}
}

// wrongImports says what is wrong with the imports of one file.
func wrongImports(file goFile) (complaints []string) {
	for _, imported := range file.imports() {
		if complaint := wrongImport(file.folder(), imported, file.test()); complaint != "" {
			complaints = append(complaints, fmt.Sprintf("%s imports %s: %s", file.name, imported, complaint))
		}
	}
	return complaints
}

// wrongImport says what is wrong with one import, or nothing. Tests may start a
// server and may use parts of any room; the layers hold for them too.
func wrongImport(from, to string, test bool) string {
	ours, isOurs := strings.CutPrefix(to+"/", module)
	ours = strings.TrimSuffix(ours, "/")
	switch {
	case to == "C":
		return "no file uses cgo"
	case within(from, "assets") && (isOurs || isFyne(to)):
		return "assets imports nothing of ours and no Fyne"
	case within(from, "session") && (isFyne(to) || isOurs && (within(ours, "ui") || within(ours, "app"))):
		return "session knows neither windows nor programs"
	case within(from, "ui") && (to == "fyne.io/fyne/v2/app" || isOurs && within(ours, "app")):
		return "ui knows no program, and only programs start Fyne"
	case within(from, "ui/text") && isFyne(to):
		return "the text form has no Fyne"
	case isOurs && ours == "session" && rooms.at(from) < rooms.at("session"):
		return "a part of session does not know the whole"
	case test:
		return ""
	case isOurs && slices.ContainsFunc(testsOnly, func(folder string) bool { return within(ours, folder) && !within(from, folder) }):
		return "only tests use it: it is linked into no program"
	case !isOurs && offLimits(to) && rooms.isClient(from):
		return "only the bank's end, and what starts one, runs NATS's server"
	case isOurs && !rooms.mayImport(from, ours):
		return "its room may not, see the list of rooms"
	}
	return ""
}

// at is the place of the room that a folder is in, or -1: the room with the
// longest name that holds it.
func (h house) at(folder string) int {
	place := -1
	for i, r := range h {
		if (folder == r.folder || !r.alone && within(folder, r.folder)) && (place < 0 || len(r.folder) > len(h[place].folder)) {
			place = i
		}
	}
	return place
}

// homeless says what a folder with code in it has no place in, or nothing.
func (h house) homeless(folder string) string {
	place := h.at(folder)
	switch {
	case place < 0:
		return folder + " is in no room"
	case h[place].order != "" && h[place].row(folder) < 0:
		return folder + " has no place in the order of " + h[place].folder
	}
	return ""
}

// disorder lists what a room may import that is not further down. Without any,
// imports between rooms go one way, and there is no ring.
func (h house) disorder() (complaints []string) {
	for i, r := range h {
		for _, allowed := range strings.Fields(r.may) {
			if place := h.at(allowed); place < 0 || place >= i {
				complaints = append(complaints, fmt.Sprintf("%s may import %s, which is in no room below it", r.folder, allowed))
			}
		}
	}
	return complaints
}

// mayImport says whether one folder of ours may import another.
func (h house) mayImport(from, to string) bool {
	a, b := h.at(from), h.at(to)
	switch {
	case a < 0 || b < 0:
		return false
	case a == b:
		return h[a].downwards(from, to)
	}
	return slices.ContainsFunc(strings.Fields(h[a].may), func(allowed string) bool {
		if h[h.at(allowed)].folder == allowed {
			return h[b].folder == allowed
		}
		return within(to, allowed) // one folder of a room
	})
}

// downwards says whether one folder of a room may import another. A part may be
// several packages, which import each other as they like.
func (r room) downwards(from, to string) bool {
	return r.order == "" || r.part(from) == r.part(to) || r.row(to) < r.row(from)
}

// part is the folder of the room that holds a folder.
func (r room) part(folder string) string {
	part, _, _ := strings.Cut(strings.TrimPrefix(folder, r.folder+"/"), "/")
	return part
}

// row is where the part that holds a folder stands in the room's order, or -1.
func (r room) row(folder string) int {
	return slices.IndexFunc(strings.Split(r.order, "<"), func(parts string) bool {
		return slices.Contains(strings.Fields(parts), r.part(folder))
	})
}

// isClient says whether the folder is held to the rules of a client: its room
// has no way to the bank's end.
func (h house) isClient(folder string) bool {
	if within(folder, "session/bank") {
		return false
	}
	place := h.at(folder)
	return place < 0 || !slices.ContainsFunc(strings.Fields(h[place].may), func(allowed string) bool {
		return within(allowed, "session/bank") || allowed == "session/training" || allowed == "ui/kiosk"
	})
}

// wrongReach says by which path a package reaches what it must not.
func wrongReach(all map[string]linked, start string, forbidden func(string) bool) []string {
	var complaints []string
	seen := map[string]bool{}
	var visit func(trail []string)
	visit = func(trail []string) {
		here := trail[len(trail)-1]
		if seen[here] {
			return
		}
		seen[here] = true
		if here != start && forbidden(here) {
			complaints = append(complaints, fmt.Sprintf("%s reaches %s: %s", start, here, strings.Join(trail, " -> ")))
			return
		}
		for _, next := range all[here].Imports {
			visit(append(slices.Clip(trail), next))
		}
	}
	visit([]string{start})
	return complaints
}

// offLimits says whether no client may reach the package.
func offLimits(imported string) bool {
	return within(imported, module+"session/bank") ||
		within(imported, module+"session/training") ||
		within(imported, "github.com/nats-io/nats-server") ||
		strings.Contains(imported, "adversary")
}

func isFyne(imported string) bool { return within(imported, "fyne.io") }

// within says whether a path is the folder or something in it.
func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, path.Clean(folder)+"/")
}
