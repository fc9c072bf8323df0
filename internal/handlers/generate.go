package handlers

//go:generate sh -c "go run -C ../../tools ./gospec < ../../openapi.yaml | go tool -modfile=../../tools/go.mod oapi-codegen -config oapi-codegen.yaml /dev/stdin"
