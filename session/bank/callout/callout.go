// Package callout owns who may connect to the relay: it answers NATS's auth
// callout, and remembers which connection key (nkey) belongs to which agent
// and from which address it came.
//
// It must not know what connected clients ask for. It reaches the bank's
// agents through one function and runs on any NATS connection into the account
// that receives the callout, embedded server or cluster alike.
//
// Rules: every client proves an nkey by signing the server's nonce, and the
// proof is checked here, because NATS leaves that to the callout; a client is
// given exactly the subjects of its role and no right to answer anybody; what
// is not understood is refused, and the client learns nothing of the reason.
package callout

import (
	"context"
	"crypto/ecdsa"
	"encoding/base64"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"countersign/session/protocol/relay"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/wire"
)

// subject is where NATS asks (nats-server's AuthCalloutSubject).
const subject = "$SYS.REQ.USER.AUTH"

const (
	maxSubscriptions = 16              // of one client; it needs two
	decideWithin     = 3 * time.Second // reading the agent's key from the directory
)

// errRefused is all that a refused client's NATS server is told.
var errRefused = errors.New("refused")

// Options says who may connect and what they get.
type Options struct {
	// Account is the NATS account into which clients are put.
	Account string
	// Seed is the nkey seed of the account that signs the answers.
	Seed []byte
	// KeyHash is the SHA-256 of the server's TLS key, which connect tokens name.
	KeyHash [32]byte
	// MaxPayload is the largest message of a client in bytes.
	MaxPayload int64
	// AgentKey returns the public key of an agent who may connect now, or an
	// error for one who is unknown, not enrolled or revoked.
	AgentKey func(ctx context.Context, id uint64) (*ecdsa.PublicKey, error)
	// Place gives a client, by the relay's number of its connection, a place among
	// those connected, and tells its IP address; false: there is none.
	Place func(id uint64, c Client) (address string, placed bool)
	// Now is the clock for connect tokens.
	Now func() time.Time
	// Logger receives failures of the service itself, not refused clients.
	Logger *slog.Logger
}

// service answers the auth callout.
type service struct {
	Options
	signer nkeys.KeyPair
	seen   *Registry
	slots  chan struct{}
}

// Serve answers on a connection until it closes, and records in seen whom it
// let in. Several services may run side by side.
func Serve(conn *nats.Conn, o Options, seen *Registry) error {
	signer, err := nkeys.FromSeed(o.Seed)
	if err != nil {
		return errors.New("the seed of the auth callout is not an nkey seed")
	}
	s := &service{Options: o, signer: signer, seen: seen, slots: make(chan struct{}, 4*runtime.GOMAXPROCS(0))}
	if _, err := conn.QueueSubscribe(subject, "callout", s.dispatch); err != nil {
		return err
	}
	return conn.Flush()
}

// dispatch decides in parallel, but only so many at once: a storm of clients
// waits in NATS and not in our memory.
func (s *service) dispatch(m *nats.Msg) {
	s.slots <- struct{}{}
	go func() {
		defer func() { <-s.slots }()
		s.answer(m)
	}()
}

func (s *service) answer(m *nats.Msg) {
	request, err := jwt.DecodeAuthorizationRequestClaims(string(m.Data))
	if err != nil {
		s.Logger.Warn("callout: malformed request")
		return // NATS refuses whom nobody answers for
	}
	response := jwt.NewAuthorizationResponseClaims(request.UserNkey)
	response.Audience = request.Server.ID
	user, err := s.admit(request)
	if err == nil {
		response.Jwt, err = user.Encode(s.signer)
	}
	if err != nil {
		response.Error = errRefused.Error()
	}
	text, err := response.Encode(s.signer)
	if err != nil {
		s.Logger.Error("callout: an answer cannot be signed")
		return
	}
	if err := m.Respond([]byte(text)); err != nil {
		s.Logger.Error("callout: an answer cannot be sent")
	}
}

// admit decides about one client and returns what it may do.
func (s *service) admit(request *jwt.AuthorizationRequestClaims) (*jwt.UserClaims, error) {
	if err := proven(request); err != nil {
		return nil, err
	}
	client := Client{Nkey: request.ConnectOptions.Nkey}
	if err := s.identify(&client, request.ConnectOptions.Token); err != nil {
		return nil, err
	}
	var placed bool
	if client.Address, placed = s.Place(request.ClientInformation.ID, client); !placed {
		return nil, errRefused
	}
	s.seen.add(client)
	return s.rights(request.UserNkey, client), nil
}

// proven checks that the client holds the private half of the nkey that it
// names: it signed this connection's nonce. Nothing else may be presented
// beside nkey, signature and token.
func proven(request *jwt.AuthorizationRequestClaims) error {
	o := request.ConnectOptions
	if o.JWT != "" || o.Username != "" || o.Password != "" || request.ClientInformation.Nonce == "" {
		return errRefused
	}
	if !nkeys.IsValidPublicUserKey(o.Nkey) {
		return errRefused
	}
	key, err := nkeys.FromPublicKey(o.Nkey)
	if err != nil {
		return errRefused
	}
	signature, err := base64.RawURLEncoding.DecodeString(o.SignedNonce)
	if err != nil {
		return errRefused
	}
	return key.Verify([]byte(request.ClientInformation.Nonce), signature)
}

// identify finds the role that the token asks for and, for an agent, checks
// that the token is the agent's own: fresh, for this nkey and for this server.
func (s *service) identify(c *Client, token string) error {
	switch token {
	case "":
		c.Role = relay.RoleCompanion
		return nil
	case relay.EnrolToken:
		c.Role = relay.RoleEnrol
		return nil
	}
	claimed, err := relay.PeekConnect(token)
	if err != nil {
		return errRefused
	}
	ctx, cancel := context.WithTimeout(context.Background(), decideWithin)
	defer cancel()
	key, err := s.AgentKey(ctx, claimed.AgentID)
	if err != nil {
		return errRefused
	}
	connect, err := relay.OpenConnect(token, key)
	if err != nil {
		return errRefused
	}
	age := s.Now().Sub(time.Unix(connect.Time, 0))
	if connect.Nkey != c.Nkey || connect.KeyHash != s.KeyHash || age > trust.Skew || age < -trust.Skew {
		return errRefused
	}
	c.Role, c.AgentID, c.Key = relay.RoleAgent, connect.AgentID, string(wire.Point(key))
	return nil
}

// rights is the user that NATS makes of the client. The lists are relay's own:
// no other subject, no queue, no response permission.
func (s *service) rights(user string, c Client) *jwt.UserClaims {
	claims := jwt.NewUserClaims(user)
	claims.Name = c.Nkey // replaces token and nkey in what NATS keeps of the connection
	claims.Audience = s.Account
	claims.AllowedConnectionTypes.Add(jwt.ConnectionTypeStandard, jwt.ConnectionTypeInProcess)
	claims.Permissions.Pub.Allow.Add(relay.MayPublish(c.Role, c.Nkey)...)
	claims.Permissions.Sub.Allow.Add(relay.MaySubscribe(c.Nkey)...)
	claims.Limits.Subs = maxSubscriptions
	claims.Limits.Payload = s.MaxPayload
	return claims
}
