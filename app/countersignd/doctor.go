// This file owns the command doctor.

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"countersign/session/bank/doctor"
)

type checkUp struct {
	folder
	JSON bool `name:"json" help:"One JSON object a line."`
}

// Run prints a line for each check. A fault is status 1, warnings alone are 3.
func (d *checkUp) Run(c console) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	findings := doctor.Examine(ctx, doctor.Options{Dir: d.Dir, Now: c.now()})
	if err := d.write(c, findings); err != nil {
		return err
	}
	switch doctor.Worst(findings) {
	case doctor.Fault:
		return errSilent
	case doctor.Warning:
		return errWarned
	}
	return nil
}

func (d *checkUp) write(c console, findings []doctor.Finding) error {
	if d.JSON {
		lines := json.NewEncoder(c.out)
		lines.SetEscapeHTML(false)
		for _, f := range findings {
			if err := lines.Encode(f); err != nil {
				return err
			}
		}
		return nil
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CHECK\tSTATE\tFOUND")
	for _, f := range findings {
		found := f.Found
		if f.Do != "" {
			found += ": " + f.Do
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.Check, f.State, found)
	}
	return table.Flush()
}
