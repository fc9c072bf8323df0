FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w -X main.version=$VERSION" -o /deskpool ./cmd/server && mkdir /ledger

# No shell and nothing else: probe /livez and /readyz from outside.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /deskpool /deskpool
# A volume that is mounted here begins as nonroot's.
COPY --from=build --chown=nonroot:nonroot /ledger /var/lib/deskpool
EXPOSE 8080 8081
USER nonroot:nonroot
ENTRYPOINT ["/deskpool"]
