// Runs a Jenkinsfile against the words that a declarative pipeline may hold, which do nothing here: a syntax error, a word
// that there is not, or one where it may not be ends it.  groovy pipeline.groovy FILE
// Written from https://www.jenkins.io/doc/book/pipeline/syntax/ ; the steps are those of Pipeline itself and of JUnit.

class Words {
    // What may be within what; a word with an empty list takes values alone.
    static final Map<String, List<String>> WITHIN = [
        ''         : ['pipeline'],
        pipeline   : ['agent', 'options', 'environment', 'stages', 'post'],
        agent      : ['label'],
        options    : ['timeout'],
        environment: [],
        stages     : ['stage'],
        stage      : ['agent', 'options', 'environment', 'steps', 'post'],
        steps      : ['sh'],
        post       : ['always'],
        always     : ['junit', 'archiveArtifacts'],
    ]
    static final Map<String, Set<String>> NAMED = [
        timeout         : ['time', 'unit'] as Set,
        junit           : ['testResults', 'allowEmptyResults'] as Set,
        archiveArtifacts: ['artifacts', 'allowEmptyArchive'] as Set,
    ]
    static int count = 0
    String here = ''

    def methodMissing(String name, Object given) {
        def arguments = given as List
        if (!(name in WITHIN[here]))
            throw new IllegalStateException("$name: not a word within ${here ?: 'the file'}")
        count++
        arguments.each { argument ->
            if (argument instanceof Map) {
                def unknown = argument.keySet() - (NAMED[name] ?: [])
                if (unknown)
                    throw new IllegalStateException("$name: knows no $unknown")
            } else if (argument instanceof Closure) {
                argument.delegate = new Words(here: name)
                argument.resolveStrategy = Closure.DELEGATE_ONLY
                argument()
            }
        }
    }

    void setProperty(String name, Object value) {
        if (name == 'here')
            this.@here = value
        else if (here != 'environment' || !(value instanceof String))
            throw new IllegalStateException("$name = $value: not within ${here ?: 'the file'}")
    }
}

def script = new GroovyShell().parse(new File(args[0]))
def words = new Words()
script.metaClass.methodMissing = { String name, Object given -> words.methodMissing(name, given) }
try {
    script.run()
} catch (IllegalStateException error) {
    println error.message
}
if (Words.count < 10)
    println "only ${Words.count} words were found"
