#!/bin/bash
# Turns a fresh mmdebstrap tree into the image of the lab's nodes; runs inside the tree (chroot), once per image.
set -euo pipefail

# Nothing of the mirror or of the building machine stays behind.
: > /etc/apt/sources.list
rm -f /var/log/bootstrap.log /etc/ssh/ssh_host_* /etc/hostname /etc/resolv.conf
rm -rf /var/cache/apt/archives/*.deb /var/lib/apt/lists/*
: > /etc/machine-id
: > /etc/default/locale   # without it pam_env logs an error at every login

# core: what an operator has. asks: sudo wants a password. noisy: a shell that talks before every command.
for user in core asks noisy; do useradd --create-home --shell /bin/bash --groups systemd-journal "$user"; done
usermod --append --groups systemd-journal root
echo 'asks:sesame' | chpasswd
cat > /etc/sudoers.d/lab <<'SUDO'
core  ALL=(ALL:ALL) NOPASSWD: ALL
noisy ALL=(ALL:ALL) NOPASSWD: ALL
asks  ALL=(ALL:ALL) ALL
SUDO
chmod 0440 /etc/sudoers.d/lab
cat > /home/noisy/.bashrc <<'NOISE'
echo 'Welcome to this host. Unauthorised use is forbidden.'
echo 'Last backup: never' >&2
NOISE
chown noisy: /home/noisy/.bashrc

# Nothing that only costs time in a node. Not systemd-logind: without it a plain `reboot` fails.
ln -sf /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
systemctl mask -q apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
  fstrim.timer systemd-tmpfiles-clean.timer getty.target console-getty.service systemd-pcrphase.service \
  systemd-pcrphase-sysinit.service systemd-ask-password-wall.path systemd-ask-password-console.path \
  systemd-update-utmp.service systemd-update-utmp-runlevel.service user@.service
# Debian's own ZooKeeper, where its unit came along: in DC/OS Exhibitor starts it.
systemctl mask -q zookeeper.service

mkdir -p /etc/systemd/journald.conf.d /etc/systemd/system.conf.d /etc/ssh/sshd_config.d
printf '[Journal]\nStorage=persistent\nSystemMaxUse=16M\nSystemMaxFileSize=4M\n' > /etc/systemd/journald.conf.d/lab.conf
printf '[Manager]\nDefaultTimeoutStopSec=20s\n' > /etc/systemd/system.conf.d/lab.conf
printf 'UseDNS no\nMaxStartups 100:30:200\n' > /etc/ssh/sshd_config.d/lab.conf
mkdir -p /var/lib/lab/faults
