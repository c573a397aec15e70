// This file owns the wording of events: one plain sentence each.

package main

import (
	"fmt"
	"strings"

	"countersign/app/tools/demo/programs"
)

// sentence words an event of one side. A QR code is repeated every ten seconds
// and told once, with the code; it has no sentence of its own.
func sentence(where side, e programs.Event) (mood, string) {
	switch e.Name {
	case "code":
		return plain, "The relay has the offer. Code " + inThrees(e.Code) + " and a QR code are shown."
	case "opened":
		return plain, "The customer's enrolled device has answered. Waiting for its six digits."
	case "readback_wrong":
		return unsure, fmt.Sprintf("These are not the device's digits. Tries left: %d.", e.TriesLeft)
	case "verdict":
		return verdict(e)
	case "readback":
		return plain, "Six digits to read aloud: " + inThrees(e.Code)
	case "secure":
		return good, "SECURE. Only these two computers can read what is written now."
	case "alert":
		return unsure, "NOTE. " + e.Text
	case "message":
		return written, sender[where] + ": " + e.Text
	case "ended":
		return ended(where, e.Reason)
	}
	return plain, ""
}

// sender says from whom a side's messages come.
var sender = map[side]string{bankSide: "Customer writes", customerSide: "Bank writes"}

func verdict(e programs.Event) (mood, string) {
	switch e.Result {
	case "verified":
		return good, fmt.Sprintf("VERIFIED. %s (%s). %s, %s, %s. About: %s. %s.",
			e.Bank, e.Domain, e.Agent.Name, e.Agent.Role, e.Agent.Department, spaced(e.Purpose), directions[e.Direction])
	case "stopped":
		return bad, "STOPPED. " + why(e.Reasons) + " Hang up. Nothing of what the offer said is shown."
	}
	return unsure, "NOT VERIFIED. " + why(e.Reasons)
}

var directions = map[string]string{
	"bank-called": "The bank called you", "customer-called": "You called the bank",
}

// reasons words the reasons that the story expects to meet.
var reasons = map[string]string{
	"wrong_direction": "This call did not begin as the bank believes it did.",
	"on_hold":         "An earlier call was stopped: only a call that the bank dials to a number on file may start.",
}

func why(names []string) string {
	var all []string
	for _, name := range names {
		text := reasons[name]
		if text == "" {
			text = "Reason: " + spaced(name) + "."
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func ended(where side, reason string) (mood, string) {
	switch reason {
	case "completed":
		return good, "ENDED: completed."
	case "wrong_direction":
		if where == bankSide {
			return bad, "ENDED: wrong direction. The customer's device has reported this call. End it and tell nothing."
		}
		return bad, "ENDED: wrong direction. Reported to the bank."
	case "on_hold":
		return bad, "ENDED: on hold. No code is given: this customer stopped a call. Only the bank may call, on the number on file."
	}
	return unsure, "ENDED: " + spaced(reason) + "."
}

// inThrees groups digits as people say them. A line is not broken between the
// groups.
func inThrees(digits string) string {
	var groups []string
	for len(digits) > 3 {
		groups, digits = append(groups, digits[:3]), digits[3:]
	}
	return strings.Join(append(groups, digits), together)
}

func spaced(name string) string { return strings.NewReplacer("-", " ", "_", " ").Replace(name) }
