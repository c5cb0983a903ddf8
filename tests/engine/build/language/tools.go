//go:build tools

// Package tools names the command that the tests build, so that its module stays required.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
