// Fuzz targets of the list of programs, whoever writes its next line, and of
// the judgement about what runs on this computer.

package remote

import (
	"slices"
	"strings"
	"testing"
)

// FuzzParse: a list that is taken has no row without a kind, a name and a
// process, and the same rows whatever the system's line ends.
func FuzzParse(f *testing.F) {
	f.Add("program | AnyDesk | anydesk | AnyDesk.exe | AnyDesk | --tray | note\n", "linux")
	f.Add("# a comment\n\ndesktop|a|b,c|-|-|-|-\r\n", "darwin")
	f.Add("program|a|b|c|d|e", "windows")
	f.Fuzz(func(t *testing.T, text, system string) {
		rows, err := parse(text, system)
		if err != nil {
			if rows != nil || !strings.HasPrefix(err.Error(), "programs.txt, line ") {
				t.Fatalf("%v, %v", rows, err)
			}
			return
		}
		for _, r := range rows {
			if r.name == "" || len(r.names) == 0 || slices.Contains(r.names, "") || !slices.Contains([]kind{program, desktop, display, service}, r.kind) {
				t.Fatalf("the row %+v", r)
			}
		}
		again, err := parse(strings.ReplaceAll(text, "\n", "\r\n"), system)
		if err != nil || len(again) != len(rows) {
			t.Fatalf("with other line ends %d rows instead of %d, %v", len(again), len(rows), err)
		}
	})
}

// FuzzFind: what is found is in the list, by one of the names of a process, and
// is no service that only waits.
func FuzzFind(f *testing.F) {
	f.Add("anydesk", "--tray", ":0", "", 0)
	f.Add(`..\..\AnyDesk.exe/`, "", "localhost:10.0", "1 2 3 4", 15)
	f.Add("xrdp-chansrv", "\x00", "::1:", "", 16)
	f.Add("Xtigervnc", ":1", ":1.0", "", -1)
	rows := rowsOf(f, "linux")
	f.Fuzz(func(t *testing.T, name, argument, display, ssh string, cut int) {
		around := surroundings{variables: map[string]string{varDisplay: display, varSSH: ssh}}
		for _, found := range find(rows, []process{{names: []string{name}, cut: cut, args: []string{argument}}}, around) {
			if slices.Contains([]string{"SSH", "X11"}, found.Name) {
				continue
			}
			at := slices.IndexFunc(rows, func(r row) bool {
				return r.name == found.Name && r.kind != service && slices.ContainsFunc(r.names, func(n string) bool {
					return strings.EqualFold(n, base(name)) || cut > 0 && len(base(name)) == cut && len(n) > cut && strings.EqualFold(n[:cut], base(name))
				})
			})
			if at < 0 {
				t.Errorf("%q is found as %v", name, found)
			}
		}
	})
}
