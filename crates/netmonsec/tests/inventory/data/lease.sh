#!/bin/sh
# Sets the address that udhcpc (first argument) or dhclient ($reason) was given.
case "${1:-$reason}" in
  bound | renew | BOUND | RENEW | REBOOT)
    ip -4 addr flush dev eth0
    ip addr add "${ip:-$new_ip_address}/24" dev eth0
    ip route replace default via 10.77.0.1
    ;;
esac
exit 0
