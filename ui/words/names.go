// This file owns how names of others are written where this computer may have no
// glyphs for them. What cannot be drawn would stand there as boxes, which look
// like any other name's boxes: so it is never drawn. A bank is then called by
// its domain, which has plain letters only, and the page says why.

package words

import (
	"time"

	"countersign/session/protocol/verdict"
	"countersign/ui/advice"
	"countersign/ui/look"
)

// Name is a name of a person, a team or a role as it can be shown here: itself,
// or words that say that it cannot be read.
func Name(name string) string {
	if look.Draws(name) {
		return name
	}
	return Say("name.unreadable")
}

// Bank calls a bank by its name, or by its domain where the name cannot be
// drawn.
func Bank(name, domain string) string {
	if !look.Draws(name) && domain != "" {
		return Name(domain)
	}
	return Name(name)
}

// BankAndDomain is a bank with the domain it vouches for, or that it names none.
func BankAndDomain(name, domain string) string {
	switch {
	case !look.Draws(name):
		return Bank(name, domain)
	case domain == "":
		return Say("bank.no_domain", With{"Bank": name})
	}
	return advice.BankName(name, domain)
}

// Formerly says what a bank was called until a while ago, with its domain where
// that was another one; "" when there is nothing to tell.
func Formerly(n verdict.Naming, now time.Time) string {
	if n.FormerName == "" {
		return ""
	}
	was := Name(n.FormerName)
	if n.FormerDomain != n.Domain {
		was = BankAndDomain(n.FormerName, n.FormerDomain)
	}
	return Say("verdict.formerly", With{"Name": was, "Date": Day(n.FormerUntil, now)})
}

// BankBelow is what stands below a bank that Bank has named: its domain, that it
// names none, or why the domain stands above, or that neither is there to be
// read: then no call of that bank is checked here (session.Options.Readable).
func BankBelow(name, domain string) string {
	switch {
	case look.Draws(name) && domain == "":
		return Say("name.no_domain")
	case look.Draws(name):
		return domain
	case domain == "":
		return Say("name.bank_unknowable")
	}
	return Say("name.bank_unreadable")
}

// NameBelow is what stands below somebody that Name has named: the team, or
// why there is no name to be read, or both.
func NameBelow(name, team string) string {
	switch {
	case team == "" && look.Draws(name):
		return ""
	case look.Draws(name):
		return Say("name.team", With{"Team": Name(team)})
	case team != "" && look.Draws(team):
		return Say("name.team", With{"Team": team}) + " · " + Say("name.person_unreadable")
	}
	return Say("name.person_unreadable")
}

// Quote is a sentence that a bank wrote, in quotation marks; "" where there is none.
func Quote(sentence string) string {
	if sentence == "" {
		return ""
	}
	return Say("verdict.quote", With{"Text": advice.Quotable(sentence)})
}
