package bundle

import (
	"errors"
	"strings"
	"time"

	"hedge"
	"hedge/credential"
)

// originTLSKeys are those of the table tls in [upstream.NAME].
func originTLSKeys() []configKey {
	return []configKey{
		{Key{sectionTLS, "certificate", typeString, "", "The file of the certificate, in PEM, that origins are shown which ask for one, and behind it those that lead to a root. Files are relative to the app's folder; those of a release file, to the folder that the server runs in. A reload reads them anew."}, func(r *configReader, v *value) { r.tlsFile(v, &r.upstream.TLS.Certificate) }},
		{Key{sectionTLS, "key", typeString, "", "The file of the certificate's private key. It does not become part of a release."}, func(r *configReader, v *value) { r.tlsFile(v, &r.upstream.TLS.Key) }},
		{Key{sectionTLS, "ca", typeString, "", "The file of the authorities, in PEM, that sign the certificates of the origins. Without it, those that the system trusts."}, func(r *configReader, v *value) { r.tlsFile(v, &r.upstream.TLS.CA) }},
		{Key{sectionTLS, "server_name", typeString, "", "The name that origins are asked for (SNI), and that has to stand in their certificates. Without it, the target's own name."}, (*configReader).tlsServerName},
		{Key{sectionTLS, "min_version", typeString, `"1.2"`, `The least version of TLS, "1.2" or "1.3".`}, (*configReader).tlsMinVersion},
	}
}

func (r *configReader) tlsFile(v *value, file *string) {
	text, ok := r.string(v)
	if ok && text == "" {
		r.fail(v.at, "write the path of a file in PEM, or leave it out", "the path is empty")
	}
	*file = text
}

func (r *configReader) tlsServerName(v *value) {
	text, ok := r.string(v)
	text = strings.ToLower(text)
	if problem, hint := checkHost(text); ok && r.check(v, problem, hint) {
		r.upstream.TLS.ServerName = text
	}
}

func (r *configReader) tlsMinVersion(v *value) {
	text, ok := r.string(v)
	if ok && text != hedge.TLS12 && text != hedge.TLS13 {
		r.fail(v.at, `write "1.2" or "1.3"`, "%q is no version of TLS that is used", text)
	}
	r.upstream.TLS.MinVersion = text
}

// finishUpstreamTLS checks what the keys about TLS say together, and the files.
func (r *configReader) finishUpstreamTLS(t *value) {
	table := t.table["tls"]
	if table == nil || table.table == nil {
		return
	}
	for _, pair := range [][2]string{{"certificate", "key"}, {"key", "certificate"}} {
		if one := table.table[pair[0]]; one != nil && r.missing(sectionTLS, table, pair[1]) {
			r.fail(one.keyAt, "name both files: certificate = \"client.pem\", key = \"client.key\"", "there is a %s without a %s", pair[0], pair[1])
			return
		}
	}
	secure := false
	for _, target := range r.upstream.Targets {
		secure = secure || strings.HasPrefix(target, "https://")
	}
	if !secure && len(r.upstream.Targets) > 0 {
		r.fail(table.keyAt, "begin a target with https://, or remove it", "tls has no effect on targets without TLS")
		return
	}
	var wrong *credential.FileError
	if err := r.files.credentials(r.upstream.TLS); errors.As(err, &wrong) && table.table[wrong.Key] != nil {
		r.fail(table.table[wrong.Key].at, "", "%s", wrong)
	}
}

// credentials reads the files that secure connections with origins. Where they are for
// another machine, nothing is looked for.
func (a *appFiles) credentials(t hedge.OriginTLS) error {
	if a.dir == "" || a.elsewhere {
		return nil
	}
	for _, file := range []string{t.Certificate, t.Key, t.CA} {
		if file != "" {
			a.look(file)
		}
	}
	_, err := credential.Load(t, a.dir, time.Now())
	return err
}
