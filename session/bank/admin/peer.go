// This file owns who may be at the other end of the socket: a program of this
// account, on the server's side and on the command's side alike.

package admin

import (
	"errors"
	"net"
)

var errStranger = errors.New("the program at the other end of the bank's socket belongs to another account")

// checkPeer lets only programs of an account through.
func checkPeer(conn *net.UnixConn, account int) error {
	other, err := peerOf(conn)
	if err != nil {
		return err
	}
	if other != account {
		return errStranger
	}
	return nil
}
