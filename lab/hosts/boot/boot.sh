#!/bin/sh
# Becomes the PID 1 of a host: a root of its own over this machine's, then the machine's own systemd.
# Runs in fresh network, mount, UTS, IPC, PID and cgroup namespaces.
#   $1 the host's folder: upper, work, root (empty), seed, units   $2 its name
#   $3 a folder of the laboratory, seen as /run/outgrow-lab        $4 "new", or "kept": the disk is as it was
#   $5 the capabilities nothing on it may have       $6 the checkout, seen as /run/outgrow-repo
set -eu
folder=$1 name=$2 share=$3 disk=$4 bounds=$5 repo=$6
root=$folder/root

mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$root"

if [ "$disk" = new ]; then
  # What the machine below has installed and enabled is not this host's business.
  rm -rf "$root/etc/systemd/system" "$root/etc/rancher" "$root/var/lib/rancher" "$root/var/lib/outgrow" "$root/var/log/journal"
  rm -rf "$root/etc/nftables.conf" "$root/etc/ssh" "$root/root/.ssh" "$root/etc/sudoers.d"
  # Nor is what the one who works on it has for login scripts: some take locks and wait for them.
  rm -f "$root/root/.bashrc" "$root/root/.bash_profile" "$root/root/.bash_login" "$root/root/.profile"
  cp -a "$folder/seed/." "$root/"
  # The one who logs in without being root.
  echo "deploy:x:4711:4711::/home/deploy:/bin/sh" >>"$root/etc/passwd"
  echo "deploy:x:4711:" >>"$root/etc/group"
  echo "deploy:*:20000:0:99999:7:::" >>"$root/etc/shadow"
  mkdir -p "$root/home/deploy"
  cp -a "$root/root/.ssh" "$root/home/deploy/.ssh"
  chown -R 4711:4711 "$root/home/deploy"
fi

mount --bind "$folder/units" "$root/usr/lib/systemd/system"
mount -t tmpfs -o mode=0755 none "$root/usr/lib/systemd/system-generators"

mount -t proc proc "$root/proc"
# A host may set what concerns its network. Of the rest it has copies: they are the whole machine's.
mkdir -p "$folder/sysctl"
cp -r "$root/proc/sys/vm" "$root/proc/sys/fs/inotify" "$folder/sysctl/" 2>/dev/null || true
for part in kernel fs; do mount --bind -o ro "$root/proc/sys/$part" "$root/proc/sys/$part"; done
mount --bind "$folder/sysctl/vm" "$root/proc/sys/vm"
mount --bind "$folder/sysctl/inotify" "$root/proc/sys/fs/inotify"

mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o mode=0755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
for node in "null 1 3" "zero 1 5" "full 1 7" "random 1 8" "urandom 1 9" "tty 5 0"; do
  # shellcheck disable=SC2086 # three words are meant
  set -- $node
  mknod -m 0666 "$root/dev/$1" c "$2" "$3"
done
mkdir "$root/dev/pts" "$root/dev/shm" "$root/run/outgrow-lab" "$root/run/netns"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620 devpts "$root/dev/pts"
touch "$root/dev/console"
mount --bind "$folder/boot.log" "$root/dev/console"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount --bind "$share" "$root/run/outgrow-lab"
mkdir "$root/run/outgrow-repo"
mount --bind -o ro "$repo" "$root/run/outgrow-repo"

hostname "$name"
cd "$root"
mkdir -p .below
pivot_root . .below
umount -l .below
rmdir .below
# Its root may do everything but set the machine's clock and load modules into its kernel.
exec env -i container=outgrow-lab setpriv --bounding-set="$bounds" \
  /usr/lib/systemd/systemd --log-target=journal --show-status=no
