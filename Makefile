# Shortcuts; the work is in scripts/.
.PHONY: run test test-core test-all lint bench bench-compare chaos ha attack fuzz bundle sbom audit wheel clean

run:            ## gateway + mock agencies on loopback; ONCE=1: all examples; FORTNIGHT=1: two weeks
	@ONCE="$(ONCE)" FORTNIGHT="$(FORTNIGHT)" sh scripts/run.sh

test:           ## every check and suite, about half an hour
	@sh scripts/test.sh

test-core:      ## what needs nothing but Python
	@sh scripts/test.sh core

test-all:       ## with the long ones
	@sh scripts/test.sh all

lint:           ## format, lint, import contracts, types
	@sh scripts/lint.sh

bench:          ## make bench SCENARIO=S1; RECORD=1: keep its figures; ARGS="--rounds 3": its own options
	@RECORD="$(RECORD)" sh scripts/bench.sh "$(SCENARIO)" $(ARGS)

bench-compare:  ## S1 beside its floors, against the ratios that were recorded last, 4 minutes
	@sh scripts/bench.sh compare $(ARGS)

chaos:          ## everything goes wrong at once, about 10 minutes; DOSSIERS=5000: an hour; MUTANT=1..5: must go red
	@MUTANT="$(MUTANT)" DOSSIERS="$(DOSSIERS)" SEED="$(SEED)" RECORD="$(RECORD)" sh scripts/chaos.sh

ha:             ## PostgreSQL's leader dies in many ways, 15 minutes; WAY=libpq|haproxy|pgbouncer, CONTROL=1: must lose
	@PATRONI="$(PATRONI)" WAY="$(WAY)" CONTROL="$(CONTROL)" RECORD="$(RECORD)" sh scripts/ha.sh

attack:         ## every attack of docs/security.md, about ten minutes; ROW=8: those of one row
	@ROW="$(ROW)" sh scripts/attack.sh

fuzz:           ## every decoder of strangers' bytes, ten minutes; SECONDS_LONG=60, TARGET=json-body, RECORD=1; LONG=1: every described HTTP door
	@SECONDS_LONG="$(SECONDS_LONG)" TARGET="$(TARGET)" RECORD="$(RECORD)" LONG="$(LONG)" sh scripts/fuzz.sh

bundle:         ## an archive that installs with no network, below dist/
	@sh scripts/bundle.sh $(if $(SIGN),--sign $(SIGN))

sbom:           ## every package that it runs with, as CycloneDX, below dist/
	@sh scripts/supply.sh sbom

audit:          ## known faults of those packages; needs the internet
	@sh scripts/supply.sh audit

wheel:          ## the wheel, built twice: it must come out the same
	@sh scripts/supply.sh wheel

clean:          ## what set-up, running and the checks left
	@rm -rf .venv .run .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
