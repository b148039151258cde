#!/bin/bash
# enter.sh ROOT writable|read-only DOTNET COMMAND...: runs a command in a folder that stands for a container's file system,
# with this machine's programs at /usr and its .NET at /dotnet. In mount namespaces of its own (unshare --mount).
set -eu
root=$1 mode=$2 dotnet=$3
shift 3
mount --make-rprivate /
mount --bind "$root" "$root"
for folder in usr etc proc dev; do mount --rbind "/$folder" "$root/$folder"; done
mount --bind "$dotnet" "$root/dotnet"
if [ "$mode" = writable ]; then
  # Packages that were restored before need not be fetched again.
  mkdir -p "$HOME/.nuget" "$root$HOME/.nuget"
  mount --bind "$HOME/.nuget" "$root$HOME/.nuget"
else
  for folder in . usr etc dotnet; do mount -o remount,bind,ro "$root/$folder"; done
  ip link set lo up
fi
exec chroot "$root" "$@"
