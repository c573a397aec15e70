// Package doctor owns the check-up of a bank's folder and of the computer that
// it lies on: one finding for each thing that can go wrong with them, and what to
// do about it. It works while the bank is served and while it is not, and on
// folders that no server would start on.
//
// It must not know how a file of the bank is read (bank does), a store compared
// (ledger), a server asked (admin), nor what is printed.
//
// Rules: nothing of the bank is changed, and a folder that is no bank's gets no
// file; a check that cannot be made is a fault and hides no other check; a finding
// is one line and names no person, number or key; nobody beyond this computer is
// asked.
package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"countersign/session/bank"
	"countersign/session/bank/admin"
	"countersign/session/bank/ledger"
	"countersign/session/computer/disk"
	"countersign/session/protocol/trust"
)

// State is how well one thing is.
type State string

// The states. A warning is what works today.
const (
	OK      State = "ok"
	Warning State = "warning"
	Fault   State = "fault"
)

// Finding is what one check found.
type Finding struct {
	Check string `json:"check"`
	State State  `json:"state"`
	Found string `json:"found"`
	Do    string `json:"do,omitempty"` // where State is not OK
}

// low is from how many free bytes on space is told to be short.
const low = 10 * ledger.Reserve

// Options says what is examined.
type Options struct {
	Dir string // the bank's folder
	Now time.Time
	// Free is how many bytes are free on the disk of a folder; nil asks the system.
	Free func(folder string) (uint64, error)
}

// Examine makes all checks. Where the folder is no bank's, or cannot be read, that
// is the only finding.
func Examine(ctx context.Context, o Options) []Finding {
	if o.Free == nil {
		o.Free = ledger.Free
	}
	e := bank.Examine(o.Dir)
	findings := []Finding{folder(e)}
	if !errors.Is(e.About, fs.ErrNotExist) && !errors.Is(e.About, fs.ErrPermission) {
		kept, found := store(ctx, o.Dir)
		findings = append(findings, o.disk(), o.clock(e, found), keys(e), root(e), o.certificate(e), o.bundle(e), o.content(e), kept)
	}
	for i := range findings {
		findings[i].Found, findings[i].Do = line(findings[i].Found), line(findings[i].Do)
	}
	return findings
}

// line keeps what a name on a disk may hold from being taken for another finding.
func line(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ReplaceAll(text, "\n", "; "))
}

// judged is a finding of faults, or that all is well.
func judged(check, well string, state State, faults ...error) Finding {
	var found, do []string
	for _, err := range faults {
		var known bank.Fault
		switch {
		case err == nil:
			continue
		case !errors.As(err, &known):
			known = bank.Fault{What: err.Error(), Do: "look at the disk of the folder, and run the command as the account that the folder belongs to"}
		}
		if found = append(found, known.What); !slices.Contains(do, known.Do) {
			do = append(do, known.Do)
		}
	}
	if len(found) == 0 {
		return Finding{Check: check, State: OK, Found: well}
	}
	return Finding{check, state, strings.Join(found, "; "), strings.Join(do, "; ")}
}

func folder(e bank.Examination) Finding {
	return judged("folder", "a bank's, and open to its account only", Fault, slices.Concat([]error{e.About}, e.Folder)...)
}

// disk tries: quotas, permissions and disks that fail say so only then.
func (o Options) disk() Finding {
	f := Finding{Check: "disk", State: Fault}
	free, err := o.Free(o.Dir)
	if _, missing := os.Stat(bank.StoreFolder(o.Dir)); err == nil && missing == nil { // it may lie on a disk of its own
		var there uint64
		there, err = o.Free(bank.StoreFolder(o.Dir))
		free = min(free, there)
	}
	if err != nil {
		return judged(f.Check, "", Fault, err)
	}
	f.Found = fmt.Sprintf("%d MiB free", free>>20)
	written := disk.Try(o.Dir)
	switch {
	case free < ledger.Reserve:
		f.Found += fmt.Sprintf(", and below %d MiB nothing is kept", ledger.Reserve>>20)
		f.Do = "free some space; a server that runs then goes on by itself"
	case written != nil:
		f.Found += fmt.Sprintf(", but no file can be written (%v)", written)
		f.Do = "make the folder writable for the bank's account, and look at the disk and its quotas"
	case free < low:
		f.State = Warning
		f.Found += fmt.Sprintf(", and below %d MiB nothing is kept", ledger.Reserve>>20)
		f.Do = "free some space"
	default:
		f.State = OK
		f.Found += ", and files can be written"
	}
	return f
}

// clock compares this computer's clock with the newest of what carries a time. A
// clock that is ahead is not found: nothing here knows better.
func (o Options) clock(e bank.Examination, found ledger.Found) Finding {
	type witness struct {
		what string
		at   time.Time
	}
	all := []witness{{"the store's newest record was written", found.Newest}}
	if info, err := os.Stat(bank.HeadFile(o.Dir)); err == nil {
		all = append(all, witness{"the store's head was written", info.ModTime()})
	}
	if e.Bundles == nil {
		all = append(all, witness{"the newest bundle was signed", time.Unix(e.Bank.Bundle.Issued, 0)})
		if content, err := e.Bank.Bundle.Content(e.Bank.Content); err == nil {
			all = append(all, witness{"the newest content was signed", time.Unix(content.IssuedAt, 0)})
		}
	}
	newest := slices.MaxFunc(all, func(a, b witness) int { return a.at.Compare(b.at) })
	shown := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	f := Finding{Check: "clock", State: OK, Found: shown(o.Now) + ", not behind anything that the bank has signed or kept; whether it is ahead nothing here can tell"}
	if newest.at.After(o.Now.Add(trust.Skew)) {
		f.State = Fault
		f.Found = fmt.Sprintf("it says %s, but %s at %s: it is behind now, or was ahead then", shown(o.Now), newest.what, shown(newest.at))
		f.Do = "let a time service set this computer's clock, and look again"
	}
	return f
}

func keys(e bank.Examination) Finding {
	if len(e.Keys) == 0 && len(e.Spare) > 0 {
		f := judged("keys", "", Warning, e.Spare...)
		f.Found += "; the server works without"
		return f
	}
	return judged("keys", "all here, those of the newest bundle, and readable by their account only", Fault, append(e.Keys, e.Spare...)...)
}

func root(e bank.Examination) Finding {
	if e.Root == nil && e.RootHere {
		return Finding{"root", Warning, "the bank's root key lies in " + bank.RootKeyFile + ", and whoever copies it can speak for the bank",
			"move it to a place that is not connected; the server does not need it"}
	}
	return judged("root", "the root key is not kept here", Fault, e.Root)
}

// certificate looks at the dates, too: companions look at the key alone, but
// others who pass the connection on may not.
func (o Options) certificate(e bank.Examination) Finding {
	f := judged("certificate", "", Fault, e.Certificate)
	if f.State != OK {
		return f
	}
	leaf := e.Bank.Certificate.Leaf
	f.Found = "its key is the one that the bundle pins"
	end := bank.End{At: leaf.NotAfter}
	switch loudness := end.Loudness(o.Now); {
	case leaf.NotBefore.After(o.Now.Add(trust.Skew)):
		f.State, f.Found = Warning, f.Found+", but it is valid from "+bank.Day(leaf.NotBefore.Unix())+" on only"
	case loudness == 4:
		f.State, f.Found = Warning, f.Found+", but it ended on "+bank.Day(leaf.NotAfter.Unix())
	case loudness > 0:
		f.State, f.Found = Warning, f.Found+", but it "+end.When(o.Now)
	case leaf.NotAfter.Year() < 9999: // RFC 5280, section 4.1.2.5: no end
		f.Found += "; it " + end.When(o.Now)
	default:
		f.Found += "; it has no end of its own"
	}
	if f.State != OK {
		f.Do = "look at the clock first; customers' programs look at its key alone, for others make one anew by countersignd bank renew --new relay"
	}
	return f
}

func (o Options) bundle(e bank.Examination) Finding {
	f := judged("bundle", "", Fault, e.Bundles)
	if f.State != OK {
		return f
	}
	f.Found = fmt.Sprintf("version %d", e.Bank.Bundle.Version)
	return o.ends(f, e.Bank, func(end bank.End) bool { return end.Key != bank.NewContent })
}

func (o Options) content(e bank.Examination) Finding {
	f := judged("content", "", Fault, e.Content)
	if f.State != OK {
		return f
	}
	f.Found = fmt.Sprintf("version %d", e.Bank.ContentVersion)
	return o.ends(f, e.Bank, func(end bank.End) bool { return end.Key == bank.NewContent })
}

// ends adds what of a kind ends first.
func (o Options) ends(f Finding, b *bank.Bank, kind func(bank.End) bool) Finding {
	ends := b.Ends(o.Now)
	i := slices.IndexFunc(ends, kind)
	if i < 0 {
		return f
	}
	f.Found += "; " + ends[i].What + " " + ends[i].When(o.Now)
	switch ends[i].Loudness(o.Now) {
	case 0:
		return f
	case 4:
		f.State = Fault
	default:
		f.State = Warning
	}
	f.Do = "run countersignd bank renew"
	return f
}

// store asks the server that runs, or compares the store with its head.
func store(ctx context.Context, dir string) (f Finding, found ledger.Found) {
	f = Finding{Check: "store", State: Fault}
	answer, served, err := admin.Look(ctx, dir, func() (err error) {
		found, err = ledger.Check(bank.HeadFile(dir), bank.StoreFolder(dir))
		return err
	})
	switch {
	case errors.Is(err, bank.ErrInUse):
		f.State, f.Found = Warning, "another countersignd is at work in the folder, and no server answers"
		f.Do = "run countersignd doctor again when that has ended"
	case errors.Is(err, ledger.ErrDamaged):
		f.Found, f.Do = err.Error(), ledger.Remedy
	case served && err != nil:
		f.Found, f.Do = "a server has the folder, and cannot be asked: "+err.Error(), "run the command as the account that the server runs as; if it is that, end the server and start it again"
	case served && answer.Fault != "":
		f.Found, f.Do = "the server cannot keep what it is told: "+answer.Fault, "do what it says, and look again"
	case err != nil:
		f = judged(f.Check, "", Fault, err)
	case served:
		f.State, f.Found = OK, "the server answers and can keep what it is told"
	default:
		f.State, f.Found = OK, fmt.Sprintf("no server runs; the records (%d) are those that were acknowledged", found.Records)
	}
	return f, found
}

// Worst is the worst state among findings.
func Worst(findings []Finding) State {
	order := []State{OK, Warning, Fault}
	worst := slices.MaxFunc(findings, func(a, b Finding) int {
		return cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State))
	})
	return worst.State
}
