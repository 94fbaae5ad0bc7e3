//! An element with what is in it, as the rules look at it.

/// The vocabularies that rules know. A namespace that only lacks its final slash counts as the one it means, as it
/// does for the W3C validator; that it lacks the slash is a finding of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// No namespace: RSS itself.
    Rss,
    Media,
    Dcterms,
    Dm,
    Atom,
    History,
    /// `xml:lang` and its like; only attributes.
    Xml,
    Other,
}

impl Space {
    /// The vocabulary of a namespace's address.
    pub(super) fn of(address: &str) -> Self {
        match address.trim_end_matches('/') {
            "" => Self::Rss,
            "http://search.yahoo.com/mrss" => Self::Media,
            "http://purl.org/dc/terms" => Self::Dcterms,
            "http://www.dailymotion.com/dmrss" => Self::Dm,
            "http://www.w3.org/2005/Atom" => Self::Atom,
            "http://purl.org/syndication/history/1.0" => Self::History,
            "http://www.w3.org/XML/1998/namespace" => Self::Xml,
            _ => Self::Other,
        }
    }
}

/// One element.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) space: Space,
    /// Without prefix.
    pub(super) name: String,
    /// As written, with its prefix.
    pub(super) shown: String,
    /// Where its start tag begins, counted from 1.
    pub(super) line: usize,
    pub(super) attributes: Vec<Attribute>,
    /// The namespaces that it declares: prefix (empty for the default one) and address.
    pub(super) declares: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
    /// Its own text, references resolved.
    pub(super) text: String,
    /// Whether its text has hexadecimal references, which the W3C validator takes for care.
    pub(super) careful: bool,
}

/// One attribute that declares no namespace.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) space: Space,
    /// Without prefix.
    pub(super) name: String,
    pub(super) value: String,
}

impl Node {
    /// Whether this is that element.
    pub(super) fn is(&self, space: Space, name: &str) -> bool {
        self.space == space && self.name == name
    }

    /// The text without the blanks around it.
    pub(super) fn value(&self) -> &str {
        self.text.trim()
    }

    /// The value of an attribute without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.space == Space::Rss && attribute.name == name)
            .map(|attribute| attribute.value.as_str())
    }

    /// The value of an attribute that says something. The W3C validator takes an empty one for a missing one.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.attribute(name).filter(|value| !value.is_empty())
    }

    /// The children of that name.
    pub(super) fn all(&self, space: Space, name: &str) -> impl Iterator<Item = &Node> {
        self.children
            .iter()
            .filter(move |child| child.is(space, name))
    }

    /// The first child of that name.
    pub(super) fn first(&self, space: Space, name: &str) -> Option<&Node> {
        self.all(space, name).next()
    }

    /// This element and everything in it.
    pub(super) fn each(&self, visit: &mut impl FnMut(&Node)) {
        visit(self);
        for child in &self.children {
            child.each(visit);
        }
    }

    /// How many parts it is made of, those of its children aside.
    pub(super) fn parts(&self) -> usize {
        1 + self.attributes.len() + self.declares.len()
    }

    /// The place of the element alone, for where its content was looked at already.
    pub(super) fn emptied(&self) -> Self {
        Self {
            space: self.space,
            name: self.name.clone(),
            shown: self.shown.clone(),
            line: self.line,
            attributes: Vec::new(),
            declares: Vec::new(),
            children: Vec::new(),
            text: String::new(),
            careful: false,
        }
    }
}
