# Rules of a team about its plans, as conftest has them: `deny` forbids, `warn` remarks. The input is a plan's document
# (schemas/plan.schema.json). They stand in a folder `policies` beside the configuration; `opa` is on the PATH.
package main

import rego.v1

# Anybody can have an address there.
public_mail := {"gmail.com", "outlook.com", "yahoo.com"}

deny contains msg if {
	some change in input.changes
	startswith(change.address, "audience/")
	some field in change.fields
	walk(field.after, [_, value])
	is_string(value)
	some domain in public_mail
	endswith(lower(value), domain)
	msg := sprintf("the audience must not let in everybody with an address at %s", [domain])
}

deny contains msg if {
	input.environment == "production"
	input.access.gained.count > 500
	msg := sprintf("%d people would get access at once; production takes at most 500", [input.access.gained.count])
}

warn contains msg if {
	input.access.without_company.count > 0
	msg := sprintf("%d people would open an empty portal: they belong to no company", [input.access.without_company.count])
}
