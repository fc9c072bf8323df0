// Package deskpool holds the contract of the API, from which types and routes
// are generated and against which every exchange in the tests is held.
package deskpool

import _ "embed"

// OpenAPI is openapi.yaml, an OpenAPI 3.0.3 document.
//
//go:embed openapi.yaml
var OpenAPI []byte
