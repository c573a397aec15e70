// Package relay owns what clients and the bank's server say to each other:
// subjects, requests, answers, pushes, and the signed objects that only they
// exchange (connect token, prepared, call ticket). Both ends import it, so that
// neither can drift.
//
// It must not know how messages are carried or stored: connection carries them for
// clients, server answers them. It decodes strictly and judges nothing.
//
// Every subject ends in the sender's nkey. The server lets a connection
// publish only under its own nkey, so a service knows who asks without
// trusting the message, and nobody can spend another's rate limit or have an
// answer sent to another's inbox.
package relay

import "strings"

// Service subject patterns: "*" stands for the sender's nkey.
const (
	LookupSubjects = "cp1.lookup.*"
	UpSubjects     = "cp1.up.*"
	ReportSubjects = "cp1.report.*"
	RenewSubjects  = "cp1.renew.*"
	EnrolSubjects  = "cp1.enrol.*"
	AgentSubjects  = "cp1.agent.*.*"
)

// Op is one thing that an agent asks of the authority or the relay.
type Op string

// The agent's operations, each with a subject of its own.
const (
	OpCredential Op = "credential"
	OpPrepare    Op = "prepare"
	OpCreate     Op = "create"
	OpAdmit      Op = "admit"
	OpDown       Op = "down"
	OpSecure     Op = "secure"
	OpEnd        Op = "end"
)

// Ops lists the agent's operations.
func Ops() []Op {
	return []Op{OpCredential, OpPrepare, OpCreate, OpAdmit, OpDown, OpSecure, OpEnd}
}

// LookupSubject is where a companion asks for an offer.
func LookupSubject(nkey string) string { return "cp1.lookup." + nkey }

// UpSubject is where a companion sends to the agent of an offer that it looked up.
func UpSubject(nkey string) string { return "cp1.up." + nkey }

// ReportSubject is where a companion sends a sealed stop report.
func ReportSubject(nkey string) string { return "cp1.report." + nkey }

// RenewSubject is where a companion asks for a fresh device credential.
func RenewSubject(nkey string) string { return "cp1.renew." + nkey }

// EnrolSubject is where a ticket holder enrols.
func EnrolSubject(nkey string) string { return "cp1.enrol." + nkey }

// AgentSubject is where an agent asks for an operation.
func AgentSubject(op Op, nkey string) string { return "cp1.agent." + string(op) + "." + nkey }

// InboxPrefix is the only place where a client may listen: answers arrive at
// InboxPrefix.<random>, pushes at PushSubject.
func InboxPrefix(nkey string) string { return "_INBOX_" + nkey }

// PushSubject is where the relay sends what nobody asked for: the other end's
// messages, tickets and notices.
func PushSubject(nkey string) string { return InboxPrefix(nkey) + ".push" }

// Sender returns the nkey at the end of a subject.
func Sender(subject string) string { return subject[strings.LastIndexByte(subject, '.')+1:] }

// OpOf returns the operation in an agent's subject.
func OpOf(subject string) Op {
	parts := strings.Split(subject, ".")
	if len(parts) != 4 {
		return ""
	}
	return Op(parts[2])
}

// Role is what a connection may do.
type Role uint8

// The roles.
const (
	RoleCompanion Role = 1 // anonymous: proves an ephemeral nkey only
	RoleEnrol     Role = 2 // a ticket holder: the token is EnrolToken
	RoleAgent     Role = 3 // the token is a connect token
)

// EnrolToken is the token that asks for the role enrol. It proves nothing: the
// ticket's mutual proof does.
const EnrolToken = "enrol"

// MayPublish lists the subjects that a role may publish to.
func MayPublish(role Role, nkey string) []string {
	switch role {
	case RoleCompanion:
		return []string{LookupSubject(nkey), UpSubject(nkey), ReportSubject(nkey), RenewSubject(nkey)}
	case RoleEnrol:
		return []string{EnrolSubject(nkey)}
	case RoleAgent:
		subjects := make([]string, 0, len(Ops()))
		for _, op := range Ops() {
			subjects = append(subjects, AgentSubject(op, nkey))
		}
		return subjects
	}
	return nil
}

// MaySubscribe lists the subjects that any role may subscribe to: its own inbox.
func MaySubscribe(nkey string) []string { return []string{InboxPrefix(nkey) + ".>"} }
