// Package screenpop owns what another program may say to open the agent's form
// filled in: a countersign:// link from the bank's telephone or customer
// system, or the flags of the command line.
//
// It must not know of windows, calls or the network. A request fills in a form
// and does nothing more: whoever receives one waits for a person to press the
// button.
//
// A number may be written as people write it. Which country is meant when its
// code is missing, only the form knows: it reads the number, shows what it
// understood, and asks for one that cannot be read.
//
// Rules: anybody can make a person click a link, so a link is hostile until it
// is understood completely. What is unknown, repeated, empty, too long or oddly
// encoded is refused as not_a_code, and no error repeats what stood in it.
package screenpop

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
)

// Scheme is the scheme of links.
const Scheme = "countersign"

// host is the only place that a link can lead to: the form for a new call.
const host = "call"

// Limits of a request.
const (
	maxLink      = 512 // bytes
	maxReference = 64  // characters, as the bank's directory allows
)

// Request is what the form for a new call is to hold. Fields that are empty
// or 0 were not given.
type Request struct {
	Customer  string // the bank's reference of the customer
	Direction offer.Direction
	Purpose   trust.Purpose
	Line      string // E.164, or digits without a country code that are still to be read
}

// Parse reads a link such as
// countersign://call?customer=C-1001&direction=bank-called&line=+48221112233&purpose=card-payment.
// In values "+" stands for itself. Reason: not_a_code.
func Parse(link string) (Request, error) {
	query, err := queryOf(link)
	if err != nil {
		return Request{}, err
	}
	given := map[string]string{}
	for query != "" {
		var parameter string
		if parameter, query, err = next(query); err != nil {
			return Request{}, err
		}
		name, value, err := split(parameter)
		if err != nil {
			return Request{}, err
		}
		if _, twice := given[name]; twice {
			return Request{}, refused("it repeats a parameter")
		}
		given[name] = value
	}
	return understand(given)
}

// queryOf takes apart what leads to the form and returns the rest, undecoded.
func queryOf(link string) (string, error) {
	if len(link) > maxLink {
		return "", refused("it is too long")
	}
	if strings.ContainsFunc(link, func(r rune) bool { return r <= ' ' || r >= unicode.MaxASCII }) {
		return "", refused("it holds characters that no link holds")
	}
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return "", refused("it is no link")
	case !strings.EqualFold(u.Scheme, Scheme) || u.Host != host || u.User != nil || u.Opaque != "":
		return "", refused("it does not lead to the form for a call")
	case u.Path != "" && u.Path != "/", strings.Contains(link, "#"):
		return "", refused("it leads somewhere inside the form")
	}
	return u.RawQuery, nil
}

// next cuts the first parameter off. What follows an "&" must be one more.
func next(query string) (parameter, rest string, err error) {
	parameter, rest, more := strings.Cut(query, "&")
	if more && rest == "" {
		return "", "", refused("a parameter is missing")
	}
	return parameter, rest, nil
}

// split reads one parameter. Names are never encoded, values at most once.
func split(parameter string) (name, value string, err error) {
	name, encoded, found := strings.Cut(parameter, "=")
	if !found || !known(name) {
		return "", "", refused("it has a parameter that nobody knows")
	}
	// Some readers take ";" for "&": in a value it must be encoded.
	if strings.ContainsAny(encoded, "=;") {
		return "", "", refused("a value is badly encoded")
	}
	// Not QueryUnescape: a telephone number begins with "+".
	value, err = url.PathUnescape(encoded)
	if err != nil || value == "" {
		return "", "", refused("a value is empty or badly encoded")
	}
	return name, value, nil
}

// Names of parameters.
const (
	customer  = "customer"
	direction = "direction"
	purpose   = "purpose"
	line      = "line"
)

func known(name string) bool {
	switch name {
	case customer, direction, purpose, line:
		return true
	}
	return false
}

// understand gives values their meaning; "" is a value that was not given.
func understand(given map[string]string) (Request, error) {
	r := Request{Customer: given[customer]}
	var err error
	if text := given[line]; text != "" {
		if r.Line, err = number(text); err != nil {
			return Request{}, refused("the line is no telephone number")
		}
	}
	if text := given[direction]; text != "" {
		if r.Direction, err = offer.ParseDirection(text); err != nil {
			return Request{}, refused("nobody calls in this direction")
		}
	}
	if text := given[purpose]; text != "" {
		if r.Purpose, err = trust.ParsePurpose(text); err != nil {
			return Request{}, refused("no bank has this purpose")
		}
	}
	if err := r.Check(); err != nil {
		return Request{}, err
	}
	return r, nil
}

// FromFlags makes a request of what stands on the command line; "" is what was
// not given. Reason: not_a_code.
func FromFlags(customerRef, directionName, purposeName, lineNumber string) (Request, error) {
	return understand(map[string]string{customer: customerRef, direction: directionName, purpose: purposeName, line: lineNumber})
}

// national is the digits of a number without its country code. Short numbers
// are none: they are not of E.164.
var national = regexp.MustCompile(`^[0-9]{7,15}$`)

// number reads a number to E.164 or, without a country code, to its digits.
func number(typed string) (string, error) {
	if read, err := trust.ReadNumber(typed, ""); err == nil {
		return read.E164, nil
	}
	digits, err := trust.NumberDigits(typed)
	if err == nil && !national.MatchString(digits) {
		err = trust.ErrNumber
	}
	return digits, err
}

// Check says whether the request holds only what a form may hold, and fits
// into a link. Reason: not_a_code.
func (r Request) Check() error {
	switch {
	case r.Customer != "" && !isReference(r.Customer):
		return refused("the customer's reference is too long or unprintable")
	case r.Direction != 0 && r.Direction.String() == "":
		return refused("nobody calls in this direction")
	case r.Purpose != 0 && !r.Purpose.Known():
		return refused("no bank has this purpose")
	case r.Line != "" && !isNumber(r.Line):
		return refused("the line is no telephone number")
	case len(r.Link()) > maxLink:
		return refused("it is too long")
	}
	return nil
}

// isNumber reports whether a line is as number leaves it.
func isNumber(l string) bool {
	read, err := number(l)
	return err == nil && read == l
}

// isReference is the directory's rule. Characters that only steer how others
// are drawn (bidirectional controls, say) are not printable.
func isReference(ref string) bool {
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
	return utf8.RuneCountInString(ref) <= maxReference && strings.TrimSpace(ref) == ref && !strings.ContainsFunc(ref, unprintable)
}

// Link writes the request as a link that Parse reads. The request must pass Check.
func (r Request) Link() string {
	var parameters []string
	add := func(name, value string) {
		if value != "" {
			parameters = append(parameters, name+"="+strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
		}
	}
	add(customer, r.Customer)
	add(direction, r.Direction.String())
	add(purpose, r.Purpose.String())
	add(line, r.Line)
	link := Scheme + "://" + host
	if len(parameters) > 0 {
		link += "?" + strings.Join(parameters, "&")
	}
	return link
}

func refused(why string) error { return ending.Because(ending.NotACode, "the link: "+why) }
