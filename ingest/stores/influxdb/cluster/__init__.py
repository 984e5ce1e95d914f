"""A store of several servers, by what they answer: which is asked, what is there, what is seen."""
