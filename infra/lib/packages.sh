# SPDX-License-Identifier: Apache-2.0
# Which Debian packages the tree needs, and how to install those that are missing without side effects:
# no service is started by the installation, and PostgreSQL's packages make no cluster.
# Source it after say.sh; infra/bootstrap calls install_packages.

# A line is COMMAND:PACKAGE where any provider of the command will do (another Node, another JDK), or just a package.
packages_build=(
  cmake:cmake ninja:ninja-build gcc:gcc libc6-dev pkg-config:pkg-config
  librdkafka-dev libcurl4-openssl-dev libjansson-dev libpq-dev libmicrohttpd-dev libinih-dev libssl-dev libcmocka-dev
)
packages_run=(
  /usr/lib/postgresql/15/bin/postgres:postgresql-15 java:openjdk-17-jre-headless mvn:maven
  node:nodejs npm:npm python3 python3-venv ca-certificates ps:procps setpriv:util-linux
)
packages_test=(clang:clang libclang-rt-14-dev git:git)

# missing_packages SPEC...: prints the packages that have to be installed.
missing_packages() {
  local -A installed=()
  local spec name state
  while read -r name state; do
    [ "$state" = installed ] && installed[${name%%:*}]=1
  done < <(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${@##*:}" 2>/dev/null)
  for spec in "$@"; do
    [ -n "${installed[${spec##*:}]:-}" ] && continue
    case $spec in
      *:*) command -v "${spec%%:*}" >/dev/null && continue ;;
    esac
    echo "${spec##*:}"
  done
}

# as_root COMMAND...: directly, or through sudo; says what to do where neither is possible.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo --preserve-env=http_proxy,https_proxy,no_proxy "$@"
  else
    die "not root and no sudo. Ask an administrator to run: apt-get install --no-install-recommends ${missing[*]}"
  fi
}

# install_packages run|test LOG
install_packages() {
  local purpose=$1 log=$2 specs=("${packages_build[@]}" "${packages_run[@]}") pid
  [ "$purpose" = test ] && specs+=("${packages_test[@]}")
  mapfile -t missing < <(missing_packages "${specs[@]}")
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null ||
    die "this machine has no apt-get (only Debian 12 is set up by itself). Install by hand: ${missing[*]}"
  say "apt: installing ${#missing[@]} packages and what they need: ${missing[*]}"
  as_root true
  as_root bash infra/lib/apt-install "${missing[@]}" >"$log" 2>&1 9>&- &
  pid=$!
  watch "$pid" "$log" apt
  wait "$pid" || {
    tail_of "$log"
    die "apt-get could not install what is missing; mend what it says, then run infra/bootstrap again"
  }
  say "apt: done"
}
