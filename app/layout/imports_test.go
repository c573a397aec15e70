// This file owns the rules of who may import whom. Imports go one way:
// app -> ui -> session -> its parts -> wire, and what a person runs never
// reaches the server or the adversary.

package layout

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// order lists the parts of session from the bottom up. A part imports only
// from the rows above its own. A new part is given its row here.
var order = [][]string{
	{"wire", "disk", "ending", "formal", "remote", "secret", "spelling"},
	{"trust"},
	{"offer"},
	{"enrol", "handshake", "qr", "relay", "report", "screenpop", "vectors", "verdict"},
	{"channel"},
	{"call"},
	{"line", "server", "vault"},
	{"adversary", "training"},
	{"attacks"},
}

// wholes lists the parts that know session itself. Training is a bank with both
// people in one process, attacks plays against everything there is, and the
// adversary's fraudster uses both people: they stand on the whole, and session
// never on them.
var wholes = []string{"adversary", "attacks", "training"}

// operators lists the packages that may reach the server: what the bank's
// operator runs, and what shows or measures both ends at once. Every other
// package is held to the rules of a client.
var operators = []string{
	"app/countersignd",
	"app/demo",
	"app/bench",
	"app/countersign-kiosk",
	"session/server",
	"session/training",
	"ui/kiosk",
}

func TestImportsGoOneWay(t *testing.T) {
	for _, file := range code(t) {
		for _, imported := range file.imports() {
			if complaint := wrongImport(file.folder(), imported, file.test()); complaint != "" {
				t.Errorf("%s imports %s: %s", file.name, imported, complaint)
			}
		}
	}
}

func TestEveryPartHasItsRow(t *testing.T) {
	for _, file := range code(t) {
		if part := partOf(file.folder()); part != "" && row(part) < 0 {
			t.Errorf("%s: session/%s has no row in the order of parts", file.name, part)
		}
	}
}

func TestClientsReachNoServerAndNoAdversary(t *testing.T) {
	all := packages(t, withCgo, "./...")
	for _, p := range all {
		if p.ours() && isClient(strings.TrimPrefix(p.ImportPath, module)) {
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

func TestRulesOfImportsFindABreach(t *testing.T) {
	for _, breach := range []struct {
		from, to string
		test     bool
	}{
		{"session/call", "countersign/ui/text", false},
		{"session/call", "countersign/app/demo", true},
		{"session", "fyne.io/fyne/v2", false},
		{"session/wire", "countersign/session/ending", false},
		{"session/ending", "countersign/session/wire", false},
		{"session/trust", "countersign/session/offer", false},
		{"session/vault", "countersign/session/line", false},
		{"session/line", "countersign/session", true},
		{"session/line", "countersign/session/server", false},
		{"session", "github.com/nats-io/nats-server/v2/server", false},
		{"session", "countersign/session/training", false},
		{"session/server", "countersign/session/training", false},
		{"session/screenpop", "countersign/session", false},
		{"session/remote", "countersign/session/offer", false},
		{"ui/agent", "countersign/session/training", false},
		{"ui/customer", "countersign/session/training", false},
		{"ui/shell", "countersign/ui/kiosk", false},
		{"app/countersign", "countersign/session/training", false},
		{"app/countersign-text", "countersign/session/training", false},
		{"ui/kiosk", "fyne.io/fyne/v2/app", false},
		{"ui/text", "countersign/session/adversary", false},
		{"app/countersignd", "countersign/session/adversary", false},
		{"app/demo", "countersign/session/adversary", false},
		{"session/training", "countersign/session/adversary", false},
		{"session/call", "countersign/session/vectors", false},
		{"session/attacks", "countersign/session/adversary", false},
		{"ui/text", "fyne.io/fyne/v2/lang", false},
		{"ui/agent", "fyne.io/fyne/v2/app", false},
		{"ui/agent", "countersign/app/demo", false},
		{"assets", "countersign/session/wire", false},
		{"assets", "fyne.io/fyne/v2", false},
		{"app/countersign-text", "countersign/session/server", false},
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
		{"session/call", "countersign/session/wire", false},
		{"session/server/log", "countersign/session/server/bank", false},
		{"session/server", "github.com/nats-io/nats-server/v2/server", false},
		{"session/line", "countersign/session/server", true},
		{"session/attacks", "countersign/session/adversary", true},
		{"session/adversary", "countersign/session", false},
		{"session", "countersign/session/line", false},
		{"ui/text", "countersign/session", false},
		{"session/training", "countersign/session", false},
		{"session/training", "countersign/session/server", false},
		{"ui/kiosk", "countersign/session/training", false},
		{"app/countersign-kiosk", "countersign/ui/kiosk", false},
		{"ui/agent", "fyne.io/fyne/v2/widget", false},
		{"app/countersign", "fyne.io/fyne/v2/app", false},
		{"app/countersignd", "countersign/session/server", false},
	} {
		if complaint := wrongImport(fine.from, fine.to, fine.test); complaint != "" {
			t.Errorf("%s may not import %s (test %t): %s", fine.from, fine.to, fine.test, complaint)
		}
	}

	chain := map[string]linked{
		"countersign/session":        {Imports: []string{"example.org/between"}},
		"example.org/between":        {Imports: []string{"countersign/session/server"}},
		"countersign/session/server": {},
	}
	if len(wrongReach(chain, "countersign/session", offLimits)) != 1 {
		t.Error("a client reaches the server by way of another package and nobody complains")
	}
}

// wrongImport says what is wrong with one import, or nothing. Tests may start a
// server and may use parts from any row; the layers hold for them too.
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
	case partOf(from) != "" && ours == "session" && isOurs && !slices.Contains(wholes, partOf(from)):
		return "a part of session does not know the whole"
	case test:
		return ""
	case isOurs && within(ours, "session/adversary") && !within(from, "session/adversary"):
		return "only tests play the adversary: it is linked into no program"
	case isOurs && within(ours, "session/vectors"):
		return "only tests read the vectors"
	case isClient(from) && isOurs && within(ours, "ui/kiosk"):
		return "the kiosk holds both ends and the server"
	case isClient(from) && offLimits(to):
		return "only the operator's packages reach the server, and none of these the adversary"
	case partOf(from) != "" && isOurs && partOf(ours) != "" && !downwards(partOf(from), partOf(ours)):
		return "parts import downwards only, see the order of parts"
	}
	return ""
}

// downwards says whether one part of session may import another. A part may be
// several packages, which import each other as they like.
func downwards(from, to string) bool {
	return from == to || row(to) < row(from)
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
	return within(imported, module+"session/server") ||
		within(imported, module+"session/training") ||
		within(imported, "github.com/nats-io/nats-server") ||
		strings.Contains(imported, "adversary")
}

func isFyne(imported string) bool { return within(imported, "fyne.io") }

// isClient says whether the folder is held to the rules of a client.
func isClient(folder string) bool {
	return !slices.ContainsFunc(operators, func(operator string) bool { return within(folder, operator) })
}

// within says whether a path is the folder or something in it.
func within(name, folder string) bool {
	return name == folder || strings.HasPrefix(name, path.Clean(folder)+"/")
}

// partOf is the part of session that a folder belongs to, or nothing.
func partOf(folder string) string {
	inside, found := strings.CutPrefix(folder, "session/")
	if !found {
		return ""
	}
	part, _, _ := strings.Cut(inside, "/")
	return part
}

// row is where a part stands in the order, or -1.
func row(part string) int {
	return slices.IndexFunc(order, func(parts []string) bool { return slices.Contains(parts, part) })
}
