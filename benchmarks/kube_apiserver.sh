#!/usr/bin/env bash
# Build a Kubernetes API server from Debian's source package and unpack the etcd that it keeps its objects in, both into
# FOLDER. Nothing is installed on the machine, and nothing but Debian's mirror is asked.
#
#   benchmarks/kube_apiserver.sh FOLDER [WORK]
#
# Takes ten minutes of one core, and three gigabytes in WORK (FOLDER/work where it is not said), which can be removed after.
set -euo pipefail

version=1.20.5+really1.20.2-1.1+deb12u1
mkdir -p "${1:?say where to}" "${2:-$1/work}"
folder=$(realpath "$1")
work=$(realpath "${2:-$1/work}")
cd "$work"

mkdir -p lists/partial archives/partial packages gopath/src/k8s.io
cat >debian.sources <<END
Types: deb deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
fetch() {
    apt-get -q -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::sourcelist="$work/debian.sources" \
        -o Dir::State::lists="$work/lists" -o Dir::Cache="$work" -o APT::Sandbox::User="$(id -un)" "$@"
}
fetch update
(cd packages && fetch download etcd-server golang-1.19-go golang-1.19-src)
fetch source --download-only "kubernetes=$version"

for package in packages/*.deb; do dpkg-deb --extract "$package" root; done
source=gopath/src/k8s.io/kubernetes
mkdir -p "$source"
tar --extract --gzip --file "kubernetes_${version%-*}.orig.tar.gz" --directory "$source" --strip-components 1

export GOROOT=$work/root/usr/lib/go-1.19 GOPATH=$work/gopath GOCACHE=$work/cache GO111MODULE=off GOFLAGS='' CGO_ENABLED=0
go=$GOROOT/bin/go
cd "$source"

# The descriptions of all objects are not part of the source; they are made from the packages that ask for it.
"$go" build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
described=$(grep -rl --include='*.go' --exclude='*_test.go' '^// *+k8s:openapi-gen=true' staging/src/k8s.io pkg |
    grep -v -e /code-generator/ -e /sample- | xargs -n 1 dirname | sort -u |
    sed -e 's|^staging/src/||' -e 's|^pkg/|k8s.io/kubernetes/pkg/|' | paste -sd,)
"$work/openapi-gen" --logtostderr --input-dirs "$described" --output-base "$work/gopath/src" \
    --output-package k8s.io/kubernetes/pkg/generated/openapi --output-file-base zz_generated.openapi \
    --go-header-file hack/boilerplate/boilerplate.generatego.txt --report-filename "$work/violations"

named=k8s.io/kubernetes/vendor/k8s.io/component-base/version
"$go" build -ldflags "-s -w -X $named.gitVersion=v1.20.2 -X $named.gitMajor=1 -X $named.gitMinor=20" \
    -o "$folder/kube-apiserver" ./cmd/kube-apiserver
install "$work/root/usr/bin/etcd" "$folder/etcd"
"$folder/kube-apiserver" --version
