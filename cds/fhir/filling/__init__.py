"""A Questionnaire as a form that a person fills in: what is asked, the fields of the form, and the QuestionnaireResponse made of them.

Pure: no HTML and no HTTP. `cds.service.form` runs the pages; whether an answer is right is for `cds.fhir.validation` alone to say.
"""
