package main

import (
	"strings"
	"testing"
)

const written = `paths:
  /pools:
    get:
      operationId: listPools
      parameters:
        - $ref: '#/components/parameters/State'
      requestBody: {$ref: '#/components/requestBodies/Body'}
      responses:
        '200': {$ref: '#/components/responses/OK'}
components:
  parameters:
    State: {name: state, in: query, schema: {type: array, items: {type: string, enum: [A, B]}}}
  schemas:
    Pool:
      type: object
      x-trimmable: true
      required: [id]
      properties:
        id: {$ref: '#/components/schemas/Id'}
        cpu: {type: integer, nullable: true}
        native: {$ref: '#/components/schemas/Parts'}
    Upstream:
      type: object
      properties:
        pool: {$ref: '#/components/schemas/Pool'}
        code: {type: string}
        total: {type: integer, nullable: true, x-go-type: '*int'}
        minutes: {type: integer, x-go-type-skip-optional-pointer: false}
        word: {type: string, enum: [A, B]}
    Id: {type: string}
    Parts: {type: array, items: {$ref: '#/components/schemas/Pool'}}
  requestBodies:
    Body: {content: {application/json: {schema: {$ref: '#/components/schemas/Upstream'}}}}
  responses:
    OK: {description: fine}
`

const prepared = `paths:
    /pools:
        get:
            operationId: listPools
            parameters:
                - {name: state, in: query, schema: {type: array, items: {type: string}}}
            responses:
                '200':
                    description: '-'
components:
    schemas:
        Pool:
            type: object
            x-trimmable: true
            required: [id, cpu]
            properties:
                id: {type: string, x-order: 1}
                cpu: {type: integer, nullable: true, x-order: 2}
                native: {type: array, items: {$ref: '#/components/schemas/Pool'}, x-order: 3, x-omitempty: false, x-omitzero: true}
        Upstream:
            type: object
            properties:
                pool: {$ref: '#/components/schemas/Pool', x-order: 1}
                code: {type: string, x-order: 2, x-go-type-skip-optional-pointer: true}
                total: {type: integer, nullable: true, x-go-type: '*int', x-order: 3}
                minutes: {type: integer, x-go-type-skip-optional-pointer: false, x-order: 4}
                word: {type: string, x-order: 5, x-go-type-skip-optional-pointer: true}
`

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader(written), &out); err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(out.String(), `"`, "'")
	if got != prepared {
		t.Errorf("got:\n%s\nwant:\n%s", got, prepared)
	}
}

func TestRunOfNothing(t *testing.T) {
	for _, in := range []string{"", "pools", "paths: {}"} {
		if err := run(strings.NewReader(in), &strings.Builder{}); err == nil {
			t.Errorf("%q was taken for a document", in)
		}
	}
}
